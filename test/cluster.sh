# A throw-away PostgreSQL cluster: sourced by the scripts that need one.
#
#   cluster_start   make and start it; sets PGHOST, PGPORT, PGUSER, PGDATABASE
#   cluster_stop    stop and remove it; also done when the script ends
#   cluster_kill    kill -9 of the server and all its processes, as in a crash
#   cluster_launch  start it again, after a crash
#
# CLUSTER is its folder, where a script may keep what is to go with it;
# CLUSTER_CONF holds further lines for postgresql.conf. It listens on a socket
# in that folder only, so it meets no other cluster, and runs as "postgres"
# where the caller is root.

PG_CONFIG=${PG_CONFIG:-pg_config}
BINDIR=$("$PG_CONFIG" --bindir) || exit 1
CLUSTER=
PATH=$BINDIR:$PATH

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
    as_server_user "$BINDIR/pg_ctl" -D "$CLUSTER/data" -l "$CLUSTER/log" -w -t 120 start </dev/null >/dev/null 2>&1 || {
        tail -n 20 "$CLUSTER/log" >&2
        return 1
    }
}

cluster_postmaster() {
    head -n 1 "$CLUSTER/data/postmaster.pid"
}

cluster_kill() {
    local postmaster process processes
    postmaster=$(cluster_postmaster) || return 1
    # Stopped first, lest it has time to see its children die.
    kill -STOP "$postmaster"
    processes=$(grep -l "^PPid:[[:space:]]*$postmaster\$" /proc/[0-9]*/status 2>/dev/null | cut -d / -f 3)
    kill -KILL "$postmaster" $processes 2>/dev/null
    for process in "$postmaster" $processes; do
        while grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$process/status" 2>/dev/null; do sleep 0.05; done
    done
    # Where nobody reaps the dead, its number seems to be in use still.
    rm -f "$CLUSTER/data/postmaster.pid" "$CLUSTER"/.s.PGSQL.*
}

# A folder whose name leaves room for the socket's, and where the server gets in.
cluster_folder() {
    local parent
    for parent in "${TMPDIR:-/tmp}" /tmp; do
        case $parent in /*) ;; *) continue ;; esac
        [ ${#parent} -le 60 ] || continue
        CLUSTER=$(mktemp -d "$parent/ar-cluster.XXXXXX") || { CLUSTER=; continue; }
        chmod 755 "$CLUSTER"
        if [ "$(id -u)" = 0 ]; then chown postgres "$CLUSTER"; fi
        as_server_user test -w "$CLUSTER" && return 0
        rm -rf "$CLUSTER"
        CLUSTER=
    done
    echo "no folder for a cluster in ${TMPDIR:-/tmp} or /tmp" >&2
    return 1
}

cluster_start() {
    local shared_memory
    cluster_stop
    trap cluster_stop EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
    cluster_folder || return 1
    as_server_user "$BINDIR/initdb" -D "$CLUSTER/data" -U postgres -A trust \
        -E UTF8 --locale=C.UTF-8 --no-sync >"$CLUSTER/initdb.log" 2>&1 || {
        cat "$CLUSTER/initdb.log" >&2
        return 1
    }
    # A container's /dev/shm may be too small for parallel plans, or closed.
    if as_server_user test -w /dev/shm && [ "$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1)" -ge 1048576 ] 2>/dev/null; then
        shared_memory=posix
    else
        shared_memory=mmap
    fi
    as_server_user tee -a "$CLUSTER/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$CLUSTER'
fsync = off
max_wal_size = 4GB
shared_buffers = 512MB
dynamic_shared_memory_type = $shared_memory
timezone = 'UTC'
lc_messages = 'C'
${CLUSTER_CONF:-}
CONF
    # The caller's own connection settings are not for this cluster.
    unset PGSERVICE PGPASSWORD PGOPTIONS PGHOSTADDR PGSSLMODE PGCLIENTENCODING PGDATESTYLE PGTZ
    export PGHOST=$CLUSTER PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    cluster_launch
}
