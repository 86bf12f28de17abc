#!/bin/sh
# Everything a machine can say about the code without running it as a whole.
set -eu

status=0
check() {
    echo "-- $1"
    shift
    "$@" || status=1
}

# Values that a production installation would have; nothing is connected to.
production() {
    env -u DEBUG ENV_FILE=/dev/null INSTANCE_DIR="$scratch" \
        SECRET_KEY=a-production-like-key-that-is-long-enough-0123456789-ABCDEFGHIJ \
        FERNET_KEYS=another-production-like-key-0123456789-abcdefghij \
        DATABASE_URL=postgres://llavero@db.example.org/llavero REDIS_URL=redis://queue.example.org:6379/0 \
        PUBLIC_BASE_URL=https://llavero.example.org ALLOWED_HOSTS=llavero.example.org BEHIND_PROXY=true \
        "$@"
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export ENV_FILE=/dev/null
mkdir -p "$scratch/static"

check "style" ruff check .
check "format" ruff format --check .
check "types of the core" env INSTANCE_DIR="$scratch" mypy
check "import rules" lint-imports
check "migrations are complete" env INSTANCE_DIR="$scratch" SECRET_KEY=none \
    FERNET_KEYS=0123456789012345678901234567890123456789 python manage.py makemigrations --check --dry-run
check "ready for production" production python manage.py check --deploy --fail-level WARNING
exit "$status"
