#!/bin/sh
# The whole suite: on SQLite with the built-in broker; what touches the database and the queue also on PostgreSQL and
# Redis (tests/conftest.py says what); then the browser. A part whose service is missing says so in one line; with
# CI=true that is a failure. Many tests wait for servers of their own, so there are more runners than processors.
set -eu

status=0
env_file=${ENV_FILE:-/dev/null}
export ENV_FILE="$env_file"
unset DATABASE_URL REDIS_URL

part() {
    echo
    echo "== $1"
    shift
    pytest --dist worksteal "$@" || status=$?
}

missing() {
    # The line itself was printed by tests.services.
    if [ "${CI:-}" = "true" ]; then
        status=1
    fi
}

without_browser="-n 3 -p no:playwright --ignore tests/browser --ignore tests/bench"
# shellcheck disable=SC2086
if database=$(python -m tests.services postgresql) && queue=$(python -m tests.services redis); then
    part "On SQLite and the built-in broker" -m "not page" $without_browser tests
    export DATABASE_URL="$database" REDIS_URL="$queue"
    part "On PostgreSQL and Redis" -m database $without_browser tests
    unset DATABASE_URL REDIS_URL
else
    missing
    part "Everything, on SQLite and the built-in broker" $without_browser tests
fi

if python -m tests.services chromium >/dev/null; then
    part "In the browser" -n 2 tests/browser
else
    missing
fi

exit "$status"
