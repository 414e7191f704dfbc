#!/bin/bash
# Every test of check.sh, longer: more crashes, more mutations, a year of follow-up, more clients'
# time, and the kernel under valgrind where there is one.
export AR_TEST_LONG=1
export AR_TEST_ROUNDS=${AR_TEST_ROUNDS:-200}
exec bash "$(dirname "$0")/check.sh"
