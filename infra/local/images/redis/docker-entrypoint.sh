#!/bin/sh
# Starts Redis as the official image does: options alone belong to redis-server.
set -eu
case "${1:-}" in
    -* | '') set -- redis-server "$@" ;;
esac
# Not reachable from outside of Docker's network; the official image opens it the same way.
exec "$@" --protected-mode no --bind 0.0.0.0
