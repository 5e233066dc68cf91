# shellcheck shell=sh
# desk.sh: a help desk of one's own in var/: where things are, start, stop. Read by
# ./postern, which has `say` and `die`.
#
#     var/pg        PostgreSQL's cluster     var/run          its socket, and LMTP's
#     var/outbox    mail out, a Maildir      var/log          a log each program
#     var/secret    signs reply addresses    var/*.pid        what runs
#     var/programs  a copy of the build, only where the checkout is closed to postgres

set_up_names() {
    VAR=${POSTERN_VAR:-$TOP/var}
    case $VAR in /*) ;; *) VAR=$PWD/$VAR ;; esac
    LMTP_PORT=${POSTERN_LMTP_PORT:-2424}
    PORTAL_PORT=${POSTERN_PORTAL_PORT:-8080}
    CONFIG=$VAR/postern.conf
    # Nothing here runs as root: PostgreSQL refuses to, and so do the daemons.
    RUN_AS=
    if [ "$(id -u)" = 0 ]; then
        RUN_AS='setpriv --reuid=postgres --regid=postgres --init-groups --'
    fi
    bold='' dim='' red='' plain=''
    if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
        bold=$(printf '\033[1m') dim=$(printf '\033[2m')
        red=$(printf '\033[31m') plain=$(printf '\033[0m')
    fi
}

as_user() {
    # shellcheck disable=SC2086 # a list of words
    (cd / && exec $RUN_AS "$@")
}

# Make var/, for whoever the programs run as; elsewhere when they can't get here.
set_up_var() {
    if [ ! -e "$VAR" ]; then
        rm -f "$VAR" # a link that leads nowhere
        mkdir -p "$VAR"
    fi
    if [ -n "$RUN_AS" ] && [ ! -L "$VAR" ]; then
        chown postgres:postgres "$VAR"
        if ! as_user test -w "$VAR"; then
            rmdir "$VAR" || die "$VAR is closed to the user postgres; set POSTERN_VAR"
            real=/var/lib/postern-$(printf '%s' "$VAR" | cksum | cut -d ' ' -f 1)
            mkdir -p "$real"
            chown postgres:postgres "$real"
            ln -s "$real" "$VAR"
        fi
    fi
    # From here on its real name, which everyone can reach.
    VAR=$(cd "$VAR" && pwd -P)
    CONFIG=$VAR/postern.conf
    as_user mkdir -p "$VAR/log" "$VAR/outbox/new" "$VAR/outbox/cur" "$VAR/outbox/tmp"
}

# Which programs, templates and migrations: the checkout's, or a copy in var/.
find_programs() {
    MAILD=$TOP/build/release/maild/maild PORTALD=$TOP/build/release/portald/portald
    SHARE=$TOP
    if [ -n "$RUN_AS" ] && { ! as_user test -x "$MAILD" ||
        [ -n "$(as_user find "$TOP/templates" "$TOP/migrations" ! -readable 2>&1)" ]; }
    then
        MAILD=$VAR/programs/sbin/maild PORTALD=$VAR/programs/sbin/portald
        SHARE=$VAR/programs/share/postern
    fi
}

install_programs() {
    case $MAILD in
    "$VAR"/*) cmake --install build/release --prefix "$VAR/programs" >/dev/null ;;
    esac
}

find_postgres() {
    PG_BIN=
    for directory in /usr/lib/postgresql/*/bin; do
        [ ! -x "$directory/postgres" ] || PG_BIN=$directory
    done
    [ -n "$PG_BIN" ] || die "PostgreSQL is not installed"
    if [ -e "$VAR/pg/PG_VERSION" ]; then
        version=$(as_user cat "$VAR/pg/PG_VERSION")
        PG_BIN=/usr/lib/postgresql/$version/bin
        [ -x "$PG_BIN/postgres" ] ||
            die "$VAR/pg was made by PostgreSQL $version, which is not installed now"
    fi
    # A unix socket's path may have 107 bytes.
    SOCKET=$VAR/run
    if [ $((${#SOCKET} + 14)) -gt 107 ]; then
        SOCKET=$(as_user cat "$VAR/socket-directory" 2>/dev/null) || SOCKET=
        if [ ! -d "$SOCKET" ]; then
            SOCKET=$(as_user mktemp -d /tmp/postern-XXXXXX)
            # shellcheck disable=SC2016 # for that shell
            as_user sh -c 'echo "$1" >"$2"' sh "$SOCKET" "$VAR/socket-directory"
        fi
    fi
}

postgres_runs() {
    as_user "$PG_BIN/pg_ctl" -D "$VAR/pg" status >/dev/null 2>&1
}

start_postgres() {
    as_user mkdir -p -m 700 "$SOCKET"
    if [ ! -e "$VAR/pg/PG_VERSION" ]; then
        as_user "$PG_BIN/initdb" -D "$VAR/pg" -U postern -A peer -E UTF8 --locale=C.UTF-8 \
            >"$VAR/log/initdb.log" 2>&1 ||
            { cat "$VAR/log/initdb.log" >&2; die "initdb failed"; }
        as_user tee "$VAR/pg/pg_hba.conf" >/dev/null <<TEXT
# Only by the unix socket, only by the user that it all runs as.
local all all peer map=postern
TEXT
        for role in postern postern_maild postern_portald; do
            say "postern $(as_user id -un) $role"
        done | as_user tee "$VAR/pg/pg_ident.conf" >/dev/null
        say "include_if_exists = 'postern.conf'" |
            as_user tee -a "$VAR/pg/postgresql.conf" >/dev/null
    fi
    as_user tee "$VAR/pg/postern.conf" >/dev/null <<TEXT
listen_addresses = ''
unix_socket_directories = '$SOCKET'
unix_socket_permissions = 0700
track_commit_timestamp = on
TEXT
    postgres_runs ||
        as_user "$PG_BIN/pg_ctl" -D "$VAR/pg" -l "$VAR/log/postgres.log" -w -t 60 start \
            >/dev/null || { tail -n 20 "$VAR/log/postgres.log" >&2
                die "PostgreSQL does not start"; }
    [ -n "$(query -d postgres "SELECT 1 FROM pg_database WHERE datname = 'postern'")" ] ||
        query -d postgres 'CREATE DATABASE postern' >/dev/null
}

# Run one statement as the owner; the bare values come out.
query() {
    database=postern
    if [ "$1" = -d ]; then database=$2; shift 2; fi
    as_user "$PG_BIN/psql" -XAtq -v ON_ERROR_STOP=1 -h "$SOCKET" -U postern -d "$database" \
        -c "$1"
}

write_config() {
    # shellcheck disable=SC2016 # for that shell
    [ -e "$VAR/secret" ] || as_user sh -c 'umask 077; head -c 32 /dev/urandom |
        od -An -v -tx1 | tr -d " \n" >"$1"' sh "$VAR/secret"
    as_user tee "$CONFIG" >/dev/null <<TEXT
# Written by ./postern up at each start; all keys: maild check-config --sample
[database]
url = host=$SOCKET dbname=postern user=postern_maild
portal_url = host=$SOCKET dbname=postern user=postern_portald
owner_url = host=$SOCKET dbname=postern user=postern

[desk]
secret_file = $VAR/secret
templates = $SHARE/templates
migrations = $SHARE/migrations
authserv_id = mx.desk.example
metrics_file = $VAR/metrics.prom

[lmtp]
listen = 127.0.0.1:$LMTP_PORT unix:$SOCKET/lmtp

[send]
reply_hold = 2s

[relay]
url = maildir:$VAR/outbox

[portal]
listen = 127.0.0.1:$PORTAL_PORT
base_url = http://127.0.0.1:$PORTAL_PORT
TEXT
}

maild() {
    as_user "$MAILD" -c "$CONFIG" "$@"
}

# Each may be repeated; an agent takes the queues that are there.
add_desk() {
    {
        maild add tenant desk.example --title 'The desk'
        maild add queue support@desk.example --tenant desk.example --name Support
        maild add agent anna@desk.example --tenant desk.example --name Anna
        maild add agent ben@desk.example --tenant desk.example --name Ben
    } >/dev/null
}

# The pid of a program that we started and that is still that program, or nothing.
pid_of() {
    pid=$(cat "$VAR/$1.pid" 2>/dev/null) || return 0
    # One that only waits to be reaped has ended.
    ! grep -qs '^State:.Z' "/proc/$pid/status" || return 0
    case $(readlink "/proc/$pid/exe" || cat "/proc/$pid/comm" 2>/dev/null) in
    */"$1" | */"$1 (deleted)" | "$1") say "$pid" ;;
    esac
}

spawn() {
    name=$1
    shift
    log=$VAR/log/$name.log
    [ -z "$(pid_of "$name")" ] || return 0
    [ ! -e "$log" ] || as_user mv "$log" "$log.1"
    # shellcheck disable=SC2086 # a list of words
    (cd / && exec setsid $RUN_AS "$@" >"$log" 2>&1 </dev/null) &
    say $! >"$VAR/$name.pid"
}

# Wait until a program says in its log that it serves; show the log when it ends instead.
wait_for() {
    tries=0
    until grep -q -e "$2" "$VAR/log/$1.log" 2>/dev/null; do
        tries=$((tries + 1))
        if [ -z "$(pid_of "$1")" ] && [ $tries -gt 5 ] || [ $tries -gt 300 ]; then
            tail -n 20 "$VAR/log/$1.log" >&2
            die "$1 did not start; its log is $VAR/log/$1.log"
        fi
        sleep 0.1
    done
}

stop() {
    pid=$(pid_of "$1")
    [ -n "$pid" ] || return 0
    kill "$pid"
    tries=0
    while [ -n "$(pid_of "$1")" ]; do
        tries=$((tries + 1))
        [ $tries -le 150 ] || die "$1 (pid $pid) does not end; see $VAR/log/$1.log"
        sleep 0.1
    done
    rm -f "$VAR/$1.pid"
    say "stopped $1"
}

# Daemons older than their program, or than a changed configuration, are started anew.
stop_outdated() {
    for name in portald maild; do
        [ -e "$VAR/$name.pid" ] || continue
        if [ -n "$(find "build/release/$name/$name" -newer "$VAR/$name.pid")" ] ||
            [ "$(cat "$VAR/ports" 2>/dev/null || :)" != "$LMTP_PORT $PORTAL_PORT" ]; then
            stop "$name"
        fi
    done
}

start_desk() {
    set_up_var
    find_programs
    stop_outdated
    install_programs
    find_postgres
    start_postgres
    write_config
    migrated=$(maild migrate) || die "the database could not be migrated"
    [ "$migrated" = "the database is up to date" ] || say "$migrated"
    add_desk
    say "$LMTP_PORT $PORTAL_PORT" >"$VAR/ports"
    spawn maild "$MAILD" -c "$CONFIG" run
    spawn portald "$PORTALD" -c "$CONFIG"
    wait_for maild ' ready'
    wait_for portald ' ready'
}

# For the verbs that want a desk that is there already.
find_desk() {
    [ -e "$VAR/pg/PG_VERSION" ] || [ -e "$VAR/postern.conf" ] ||
        die "there is no desk in $VAR yet: ./postern up"
    set_up_var
    find_programs
    find_postgres
}

stop_desk() {
    [ -e "$VAR/postern.conf" ] || die "there is no desk in $VAR"
    find_desk
    stop portald
    stop maild
    if postgres_runs; then
        as_user "$PG_BIN/pg_ctl" -D "$VAR/pg" -m fast -w stop >/dev/null
        say "stopped PostgreSQL"
    fi
}

show_processes() {
    for name in maild portald; do
        pid=$(pid_of "$name")
        say "$name: ${pid:+running, pid }${pid:-not running}"
    done
}
