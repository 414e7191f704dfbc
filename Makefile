# ar: accounts receivable in PostgreSQL
#
#   make, make install    build and install; needs a compiler and the server's headers
#   make demo             show it, on a throw-away cluster; DATA=file.csv for the IBM file
#   make check            every test, as many at a time as there are cores (AR_TEST_JOBS=n);
#                         make check-long for what takes longer
#   make bench            timings against what one would write by hand; ROWS=n for less
#
# The last four install what they need from Debian's packages.

EXTENSION = ar
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" ar.control)
PG_CONFIG ?= pg_config

WORKFLOWS = demo check check-long bench
ifneq ($(filter $(WORKFLOWS),$(MAKECMDGOALS)),)

.PHONY: $(WORKFLOWS)
# What is given to this make, DATA above all, is not for the ones that build.
$(WORKFLOWS):
	@unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL; DATA='$(DATA)' ROWS='$(ROWS)' PG_CONFIG='$(PG_CONFIG)' bash test/$@.sh

else

MODULE_big = ar
OBJS = $(patsubst %.c,%.o,$(wildcard src/*.c))
PGFILEDESC = "ar - accounts receivable"

# The server's headers are not ours to warn about.
PG_CFLAGS = -Wextra $(OPTFLAGS)
PG_CPPFLAGS = -DAR_VERSION='"$(EXTVERSION)"' -isystem $(shell $(PG_CONFIG) --includedir-server)

FULL_SCRIPT = sql/ar--$(EXTVERSION).sql
DATA_built = $(FULL_SCRIPT)
DATA = $(filter-out $(FULL_SCRIPT),$(wildcard sql/ar--*.sql))
DOCS = $(wildcard doc/*.md)
EXTRA_CLEAN = $(FULL_SCRIPT) results output_iso test/results test/output_iso

REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test
ISOLATION = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS): $(wildcard src/*.h) ar.control

# Its inner loop is over bytes.
src/subset_sum.o: CFLAGS += $(CFLAGS_VECTORIZE)

# The numbered parts make the install script; @NAME@ is where one of the parts
# of the ledger goes.
SQL_PARTS = $(sort $(wildcard sql/[0-9]*.sql))
LEDGER_TABLES = $(sort $(wildcard sql/ledger/tables/*.sql))
LEDGER_CODE = $(sort $(wildcard sql/ledger/code/*.sql))

$(FULL_SCRIPT): $(SQL_PARTS) $(LEDGER_TABLES) $(LEDGER_CODE) ar.control Makefile
	cat $(LEDGER_TABLES) > $@.tables
	cat $(LEDGER_CODE) > $@.code
	cat $(SQL_PARTS) | sed -e '/^@LEDGER_TABLES@$$/{' -e 'r $@.tables' -e 'd' -e '}' \
		-e '/^@LEDGER_CODE@$$/{' -e 'r $@.code' -e 'd' -e '}' \
		-e 's/@VERSION@/$(EXTVERSION)/g' > $@.new
	rm -f $@.tables $@.code
	mv $@.new $@

endif
