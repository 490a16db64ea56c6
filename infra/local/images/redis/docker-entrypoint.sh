#!/bin/sh
# Starts Redis like the official image: arguments that are only options are passed to redis-server.
set -eu
case "${1:-}" in
    -* | '') set -- redis-server "$@" ;;
esac
# Not reachable from outside the Docker network; the official image disables protected mode too.
exec "$@" --protected-mode no --bind 0.0.0.0
