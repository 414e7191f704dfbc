#!/bin/bash
# Runs a command as root: directly, or with sudo where the caller is not.
if [ "$(id -u)" = 0 ]; then
    exec "$@"
fi
exec sudo "$@"
