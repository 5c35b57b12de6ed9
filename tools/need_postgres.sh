#!/bin/sh
# The tests of the lake start a PostgreSQL of their own; Debian's is installed where it is missing and can be.
[ -n "$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] && exit 0
command -v initdb >/dev/null 2>&1 && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "the tests of the lake need PostgreSQL (initdb, postgres): install it and run make test again" >&2
    exit 1
fi
sudo=""
[ "$(id -u)" = 0 ] || sudo="sudo -n"
echo "installing postgresql for the tests of the lake (once)"
if ! { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql; } >/tmp/need_postgres.$$ 2>&1; then
    tail -n 5 /tmp/need_postgres.$$ >&2
    echo "postgresql could not be installed: run apt-get install postgresql as root, then make test again" >&2
    exit 1
fi
rm -f /tmp/need_postgres.$$
