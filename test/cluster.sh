# A throw-away PostgreSQL cluster: sourced by the scripts that need one.
#
#   cluster_start [name]   make and start it; sets PGHOST, PGPORT, PGUSER
#   cluster_stop           stop and remove it; also done when the script ends
#
# It listens on a socket in its own temporary folder only, so it meets no
# other cluster, and runs as "postgres" where the caller is root.

PG_CONFIG=${PG_CONFIG:-pg_config}
BINDIR=$("$PG_CONFIG" --bindir)
CLUSTER=

as_server_user() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

cluster_stop() {
    [ -n "$CLUSTER" ] || return 0
    as_server_user "$BINDIR/pg_ctl" -D "$CLUSTER/data" -m immediate -w stop >/dev/null 2>&1
    rm -rf "$CLUSTER"
    CLUSTER=
}

cluster_launch() {
    as_server_user "$BINDIR/pg_ctl" -D "$CLUSTER/data" -l "$CLUSTER/log" -w -t 120 start >/dev/null || {
        tail -n 20 "$CLUSTER/log" >&2
        return 1
    }
}

cluster_start() {
    CLUSTER=$(mktemp -d "${TMPDIR:-/tmp}/ar-cluster.XXXXXX") || return 1
    trap cluster_stop EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    if [ "$(id -u)" = 0 ]; then chown postgres "$CLUSTER"; fi
    chmod 755 "$CLUSTER"
    as_server_user "$BINDIR/initdb" -D "$CLUSTER/data" -U postgres -A trust \
        -E UTF8 --locale=C.UTF-8 --no-sync >"$CLUSTER/initdb.log" 2>&1 || {
        cat "$CLUSTER/initdb.log" >&2
        return 1
    }
    as_server_user tee -a "$CLUSTER/data/postgresql.conf" >/dev/null <<EOF
listen_addresses = ''
unix_socket_directories = '$CLUSTER'
fsync = off
max_wal_size = 4GB
shared_buffers = 512MB
timezone = 'UTC'
lc_messages = 'C'
$CLUSTER_CONF
EOF
    cluster_launch || return 1
    export PGHOST=$CLUSTER PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    unset PGSERVICE PGPASSWORD PGOPTIONS PGHOSTADDR
}
