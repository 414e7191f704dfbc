#!/bin/bash
# Installs from Debian's packages what is missing on this machine, and only that.
#
#   install-packages.sh [-n] [build] [run] [test] [long]
#
#   build   compiler, make, the server's headers
#   run     a server, with psql and pgbench
#   test    pgTAP, pg_prove, perl
#   long    valgrind
#   -n      only says what is missing
#
# The version is that of PG_CONFIG or of a server that is there, else Debian's.

set -u
POSTGRES_ROOT=/usr/lib/postgresql
# Tells the packages not to set up a cluster of their own; there only meanwhile.
NO_MAIN_CLUSTER=/etc/postgresql-common/createcluster.d/ar-tests.conf

as_root() {
    bash "$(dirname "$0")/as-root.sh" "$@"
}

fail() {
    echo "$*" >&2
    exit 1
}

# Whether this pg_config has a server's binaries or headers beside it: that of
# libpq-dev alone has neither.
has_server() {
    local config=$1
    [ -x "$("$config" --bindir 2>/dev/null)/initdb" ] || [ -f "$("$config" --includedir-server 2>/dev/null)/postgres.h" ]
}

# The major version to use, empty where nothing is there yet.
find_version() {
    local config=${PG_CONFIG:-pg_config} newest
    if command -v "$config" >/dev/null && "$config" --version >/dev/null 2>&1 && has_server "$config"; then
        "$config" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/'
        return
    fi
    [ "$config" = pg_config ] || fail "PG_CONFIG=$config is not that of a PostgreSQL server"
    newest=$(ls -v "$POSTGRES_ROOT"/*/bin/initdb 2>/dev/null | tail -n 1)
    [ -z "$newest" ] || basename "$(dirname "$(dirname "$newest")")"
}

debian_version() {
    apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1
}

# Where the server's parts are, or would be after its packages are installed.
locate() {
    local version=$1 config=${PG_CONFIG:-pg_config}
    if command -v "$config" >/dev/null && has_server "$config"; then
        BINDIR=$("$config" --bindir)
        HEADERS=$("$config" --includedir-server)
        PGXS=$("$config" --pgxs)
        SHAREDIR=$("$config" --sharedir)
    else
        BINDIR=$POSTGRES_ROOT/$version/bin
        HEADERS=/usr/include/postgresql/$version/server
        PGXS=$POSTGRES_ROOT/$version/lib/pgxs/src/makefiles/pgxs.mk
        SHAREDIR=/usr/share/postgresql/$version
    fi
}

# The packages that are missing for one purpose, one a line.
missing_for() {
    local purpose=$1 version=$2
    case $purpose in
        build)
            command -v gcc >/dev/null || echo gcc
            [ -f /usr/include/stdio.h ] || echo libc6-dev
            command -v make >/dev/null || echo make
            [ -f "$HEADERS/postgres.h" ] && [ -f "$PGXS" ] || echo "postgresql-server-dev-$version"
            ;;
        run)
            [ -x "$BINDIR/initdb" ] && [ -x "$BINDIR/pgbench" ] || echo "postgresql-$version"
            [ -x "$BINDIR/psql" ] || echo "postgresql-client-$version"
            ;;
        test)
            command -v perl >/dev/null || echo perl
            command -v pg_prove >/dev/null || echo libtap-parser-sourcehandler-pgtap-perl
            [ -f "$SHAREDIR/extension/pgtap.control" ] || echo "postgresql-$version-pgtap"
            [ -f "$SHAREDIR/extension/pg_cron.control" ] || echo "postgresql-$version-cron"
            ;;
        long)
            command -v valgrind >/dev/null || echo valgrind
            ;;
        *) fail "install-packages.sh: build, run, test or long, not $purpose" ;;
    esac
}

missing() {
    local version=$1 purpose
    shift
    for purpose in "$@"; do missing_for "$purpose" "$version" || exit 1; done | sort -u
}

allow_main_cluster() {
    as_root rm -f "$NO_MAIN_CLUSTER"
    as_root rmdir --ignore-fail-on-non-empty "$(dirname "$NO_MAIN_CLUSTER")" 2>/dev/null
}

forbid_main_cluster() {
    trap allow_main_cluster EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    as_root mkdir -p "$(dirname "$NO_MAIN_CLUSTER")"
    echo 'create_main_cluster = false' | as_root tee "$NO_MAIN_CLUSTER" >/dev/null
}

install_packages() {
    echo "Installing from Debian's packages: $*"
    case " $* " in *" postgresql-${VERSION} "*) forbid_main_cluster ;; esac
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" </dev/null
}

DRY_RUN=
if [ "${1:-}" = -n ]; then DRY_RUN=yes; shift; fi

VERSION=$(find_version) || exit 1
locate "${VERSION:-NN}"
packages=$(missing "${VERSION:-NN}" "$@") || exit 1
[ -n "$packages" ] || exit 0
if [ -n "$DRY_RUN" ]; then
    echo "$packages"
    exit 0
fi

command -v apt-get >/dev/null || fail "Missing, and not to be had without apt-get:" $packages
[ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "Missing; install as root:" $packages
case $BINDIR in
    "$POSTGRES_ROOT"*) ;;
    *) fail "Missing, and the server in $BINDIR is not of Debian's packages:" $packages ;;
esac

as_root apt-get update -q || fail "apt-get update failed"
VERSION=${VERSION:-$(debian_version)}
[ -n "$VERSION" ] || fail "There is no package postgresql to be had"
locate "$VERSION"
packages=$(missing "$VERSION" "$@") || exit 1
install_packages $packages || fail "Could not install:" $packages

locate "$VERSION"
left=$(missing "$VERSION" "$@")
[ -z "$left" ] || fail "Still missing after the installation:" $left
