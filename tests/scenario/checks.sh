# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For the tests of checks: the network of two_isps.sh, behind it those whom checks ask (checks_peer.py),
# and a daemon whose first uplink is asked one thing after the other.

need_real_root
two_isps || exit 1
# A certificate for example.org that only these tests trust.
cert=$TMPDIR/cert.pem
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=example.org \
	-addext subjectAltName=DNS:example.org -keyout "$cert" -out "$cert.crt" 2>/dev/null &&
	cat "$cert.crt" >>"$cert" || exit 1
export SSL_CERT_FILE=$cert.crt
printf 'nameserver 127.0.0.53\nnameserver 203.0.113.3\n' >"$TMPDIR/resolv.conf"
mount --bind "$TMPDIR/resolv.conf" /etc/resolv.conf || exit 1
in_ns inet python3 "$MH_SRC/tests/scenario/checks_peer.py" "$TMPDIR/peer.ready" "$cert" &
wait_for 20 test -e "$TMPDIR/peer.ready" || exit 1

fast='every 50ms down 3 up 3'
case=0
# ask CHECK: the first uplink is asked this, in force. Its name is a new one each time, or so many
# failures in a minute would be flapping.
ask()
{
	case=$((case + 1))
	sed -E "s/^.uplink isp1]/[uplink case$case]/; 0,/^check = .*/s||check = $1|" >"$conf" <<-X
	[uplink isp1]
	interface = wan1
	gateway = 192.0.2.1 2001:db8:1::1
	weight = 3
	check = -

	[uplink isp2]
	interface = wan2
	gateway = 198.51.100.1 2001:db8:2::1
	check = ping 203.0.113.1 every 50ms
	X
	kill -HUP "$daemon"
	wait_for 20 is_field '["uplinks"][0]["name"]' case$case
}
field()
{
	mh -j status | python3 -c 'import json, sys; print(eval("d" + sys.argv[1], {"d": json.load(sys.stdin)}))' "$1"
}
is_field()
{
	[ "$(field "$1")" = "$2" ]
}
# well TEXT CHECK [FAMILY]: the check is answered, again and again.
well()
{
	ask "$2"
	wait_for 10 is_field "[\"uplinks\"][0][\"${3:-ipv4}\"][\"rtt_ms\"] > 0" True
	sleep 0.4 # in which failures would come
	is "$1" "$(share isp1) $(share isp2) $(field "[\"uplinks\"][0][\"${3:-ipv4}\"][\"rtt_ms\"] > 0")" '3 1 True'
}
# sick TEXT CHECK REASON: the uplink is out of use, and for this reason.
sick()
{
	ask "$2"
	reach 20 "$1" 0 1
	like "$1: it says why" "$(mh status)" "$3"
}

write_conf 3 'ping 203.0.113.1 every 50ms'
daemon_start && pass 'it starts' || fail 'it starts'
