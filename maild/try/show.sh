# shellcheck shell=sh
# show.sh: the main job before one's eyes: a customer's mail, its ticket, who is told, an
# agent's answer, what the customer gets. Read by ./postern after desk.sh.

# Milliseconds between two times (seconds with a fraction).
milliseconds() {
    awk -v from="$1" -v to="$2" 'BEGIN { printf "%d", (to - from) * 1000 + 0.5 }'
}

heading() {
    printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

# A line of what happened, with the milliseconds since the dot.
happened() {
    printf '%s%7s ms%s  %s\n' "$dim" "$1" "$plain" "$2"
}

did_not_happen() {
    printf '%s         ✗   %s%s\n\n' "$red" "$1" "$plain" >&2
    for name in maild postgres; do
        printf '%s/log/%s.log ends with:\n' "$VAR" "$name" >&2
        tail -n 8 "$VAR/log/$name.log" | sed 's/^/    /' >&2
    done
    die "the shown job did not come true: $1"
}

# The value of a header field of a mail, unfolded.
header() {
    awk -v name="$1" '
        /^\r?$/ { exit }
        /^[ \t]/ { if (found) value = value " " $0; next }
        { found = 0 }
        tolower(substr($0, 1, length(name) + 1)) == tolower(name) ":" {
            found = 1
            value = substr($0, length(name) + 2)
        }
        END { gsub(/\r/, "", value); gsub(/[ \t]+/, " ", value); sub(/^ /, "", value)
              print value }' "$2"
}

# Hand over the mail on standard input; sets DOT (when its last byte left, in seconds).
hand_over() {
    answer=$(maild deliver - "$@" 2>&1) || did_not_happen "LMTP did not take the mail: $answer"
    DOT=$(printf '%s\n' "$answer" | sed -n 's/.*dot=\([0-9.]*\).*/\1/p')
    took=$(printf '%s\n' "$answer" | sed -n 's/.*answered_ms=\([0-9]*\).*/\1/p')
    happened "$took" "accepted: it is on disk now"
}

# Ask the database, up to 20 s, until it answers something.
ask() {
    tries=0
    until row=$(query "$1") && [ -n "$row" ]; do
        tries=$((tries + 1))
        [ $tries -le 250 ] || return 1
        sleep 0.05
    done
    say "$row"
}

# The newest mail about ticket NUMBER to ADDRESS since the dot, once it is in the outbox.
arrived() {
    id=$(ask "SELECT o.rfc_message_id FROM outbox o
              JOIN tickets t ON t.tenant_id = o.tenant_id AND t.id = o.conversation_id
              JOIN tenants n ON n.id = t.tenant_id
              WHERE n.name = 'desk.example' AND t.number = $1 AND o.address = '$2'
                AND o.created_at >= to_timestamp($DOT) AND o.state = 'sent'
              ORDER BY o.created_at DESC LIMIT 1") || return 1
    as_user grep -rlF -- "$id" "$VAR/outbox/new" | head -n 1
}

# Show a mail's arrival: WHO WHAT NUMBER; sets FILE.
show_arrival() {
    FILE=$(arrived "$3" "$1") || FILE=
    [ -n "$FILE" ] || did_not_happen "no $2 to $1"
    happened "$(milliseconds "$DOT" "$(stat -c %.3Y "$FILE")")" "$2 to $1"
}

customers_mail() {
    cat <<TEXT
Authentication-Results: mx.desk.example; dmarc=pass header.from=customer.example
From: Ada Byron <ada@customer.example>
To: support@desk.example
Subject: The coffee machine counts wrong
Date: $(date -R)
Message-ID: <$1@customer.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Hello,

since Monday our coffee machine counts every second cup twice.
What can we do?

Ada
TEXT
}

agents_answer() {
    cat <<TEXT
From: Anna <anna@desk.example>
To: $(header Reply-To "$1")
Subject: Re: $(header Subject "$1")
Date: $(date -R)
Message-ID: <$2@desk.example>
In-Reply-To: $(header Message-ID "$1")
References: $(header Message-ID "$1")
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Dear Ada,

please hold its left button for ten seconds: that sets the counter right.

Kind regards
Anna
TEXT
}

show_job() {
    id=postern-up-$(date +%s%N)
    heading "A customer writes to support@desk.example"
    customers_mail "$id" >"$VAR/customer.eml"
    hand_over --from ada@customer.example --to support@desk.example <"$VAR/customer.eml"

    row=$(ask "SELECT t.number, extract(epoch FROM pg_xact_commit_timestamp(m.xmin)), t.status
               FROM messages m JOIN tickets t
                 ON t.tenant_id = m.tenant_id AND t.id = m.conversation_id
               WHERE m.message_id LIKE '%$id@customer.example%'") ||
        did_not_happen "no ticket"
    number=${row%%|*} row=${row#*|}
    happened "$(milliseconds "$DOT" "${row%%|*}")" \
        "ticket #$number, ${row#*|}: The coffee machine counts wrong"
    show_arrival ada@customer.example "acknowledgement" "$number"
    show_arrival ben@desk.example "notice" "$number"
    show_arrival anna@desk.example "notice" "$number"

    heading "Anna answers the notice in her mail client"
    reply_to=$(header Reply-To "$FILE" | sed 's/.*<\(.*\)>.*/\1/')
    agents_answer "$FILE" "$id-answer" >"$VAR/answer.eml"
    hand_over --from anna@desk.example --to "$reply_to" <"$VAR/answer.eml"
    show_arrival ada@customer.example "answer" "$number"
    printf '%s            (held 2 s here, 15 s by default, so that it can be undone)%s\n' \
        "$dim" "$plain"

    heading "What Ada gets"
    maild show "$FILE" | sed 's/^/    /'
}

show_what_next() {
    heading "It keeps running. Try:"
    cat <<TEXT
    swaks --protocol LMTP --server 127.0.0.1:$LMTP_PORT \\
        --from you@customer.example --to support@desk.example --body 'Help!'
    mutt -f $VAR/outbox
    ./postern send FILE · status · psql · logs · down
    http://127.0.0.1:$PORTAL_PORT/
TEXT
}
