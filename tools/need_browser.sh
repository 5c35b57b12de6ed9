#!/bin/sh
# The report tests open pages in a real browser; Debian's chromium is installed where it is missing and can be.
command -v chromium >/dev/null 2>&1 && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "the report tests need a browser called chromium on the PATH: install it and run make test again" >&2
    exit 1
fi
sudo=""
[ "$(id -u)" = 0 ] || sudo="sudo -n"
echo "installing chromium for the report tests (once)"
if ! { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/tmp/need_browser.$$ 2>&1; then
    tail -n 5 /tmp/need_browser.$$ >&2
    echo "chromium could not be installed: run apt-get install chromium as root, then make test again" >&2
    exit 1
fi
rm -f /tmp/need_browser.$$
