#!/bin/sh
# The whole suite: on SQLite with the built-in broker; what touches the database and the queue again on PostgreSQL
# and Redis; then the browser. A part whose service is missing says so in one line; with CI=true that is a failure.
# Many tests wait for servers of their own, so there are more runners than processors.
set -eu

status=0
env_file=${ENV_FILE:-/dev/null}
export ENV_FILE="$env_file"
unset DATABASE_URL REDIS_URL

part() {
    echo
    echo "== $1"
    shift
    "$@" || status=$?
}

missing() {
    # The line itself was printed by tests.services.
    if [ "${CI:-}" = "true" ]; then
        status=1
    fi
}

existing() {
    for folder in "$@"; do
        if [ -n "$(find "$folder" -name 'test_*.py' -print -quit 2>/dev/null)" ]; then
            printf '%s ' "$folder"
        fi
    done
}

part "Everything, on SQLite and the built-in broker" \
    pytest -n 3 --dist worksteal --ignore tests/browser --ignore tests/bench -p no:playwright tests

echo
echo "== Database and queue, on PostgreSQL and Redis"
if database=$(python -m tests.services postgresql) && queue=$(python -m tests.services redis); then
    folders=$(existing tests/reservations tests/integrations tests/cleaning tests/flow)
    # shellcheck disable=SC2086
    DATABASE_URL=$database REDIS_URL=$queue pytest -n 3 --dist worksteal -p no:playwright -m database $folders || status=$?
else
    missing
fi

echo
echo "== Browser"
if python -m tests.services chromium >/dev/null; then
    folders=$(existing tests/browser)
    if [ -n "$folders" ]; then
        pytest -n 2 --dist worksteal $folders || status=$?
    fi
else
    missing
fi

exit "$status"
