"""Whatever address a stranger names, by whatever writing or name server: nothing inside is hit."""

import socket

import pytest

from common import networks, outbound
from tests.outbound import authority
from tests.outbound.servers import OK, says, serving

QUICK = outbound.Limits(connect_seconds=2, read_seconds=2, total_seconds=4)
# Ways to write a place that is not everybody's.
INSIDE = {
    "loopback": "127.0.0.1",
    "loopback, another of its addresses": "127.8.8.8",
    "loopback, short": "127.1",
    "loopback, decimal": "2130706433",
    "loopback, octal": "0177.0.0.1",
    "loopback, one octal number": "017700000001",
    "loopback, hexadecimal": "0x7f.0x0.0x0.0x1",
    "loopback, one hexadecimal number": "0x7f000001",
    "loopback, full-width digits": "１２７.０.０.１",
    "loopback, ideographic full stops": "127。0。0。1",
    "loopback, with a final dot": "127.0.0.1.",
    "loopback, by its name": "localhost",
    "unspecified": "0.0.0.0",  # noqa: S104 - nobody binds to it
    "unspecified, short": "0",
    "private": "10.0.0.1",
    "private, twelve bits": "172.31.255.254",
    "private, sixteen bits": "192.168.1.1",
    "link-local": "169.254.1.1",
    "metadata": "169.254.169.254",
    "metadata, decimal": "2852039166",
    "metadata, in the shared range": "100.100.100.200",
    "the agent of a cloud's host": "168.63.129.16",
    "carrier-grade NAT": "100.64.0.1",
    "protocol assignments": "192.0.0.192",
    "documentation": "192.0.2.1",
    "benchmarks": "198.18.0.1",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "a relay of 6to4": "192.88.99.1",
    "IPv6 loopback": "[::1]",
    "IPv6 unspecified": "[::]",
    "IPv4-mapped loopback": "[::ffff:127.0.0.1]",
    "IPv4-mapped, hexadecimal": "[::ffff:7f00:1]",
    "IPv4-mapped metadata": "[::ffff:169.254.169.254]",
    "IPv4-compatible": "[::127.0.0.1]",
    "IPv4-translated": "[::ffff:0:127.0.0.1]",
    "NAT64 of loopback": "[64:ff9b::7f00:1]",
    "NAT64 of metadata": "[64:ff9b::a9fe:a9fe]",
    "NAT64, local use": "[64:ff9b:1::1]",
    "6to4 of loopback": "[2002:7f00:1::]",
    "Teredo": "[2001:0:7f00:1::1]",
    "unique local": "[fc00::1]",
    "metadata over IPv6": "[fd00:ec2::254]",
    "IPv6 link-local": "[fe80::1]",
    "IPv6 site-local": "[fec0::1]",
    "IPv6 multicast": "[ff02::1]",
    "IPv6 documentation": "[2001:db8::1]",
    "discard": "[100::1]",
}
NO_ADDRESSES = [
    "",
    "market.example",
    "https://",
    "https:///hook",
    "ftp://market.example/",
    "file:///etc/passwd",
    "gopher://market.example/",
    "https://user@market.example/",
    "https://user:secret@market.example/",
    "https://market.example:0/",
    "https://market.example:65536/",
    "https://market.example:x/",
    "https://market.example/#fragment",
    "https://market.example/a b",
    "https://market.example\\@127.0.0.1/",
    "https://market.example/\r\nX-Injected: 1",
    "https://market.example/\x00",
    "https://[::1/",
    "https://[::1]]/",
    "https://a..b/",
    f"https://market.example/{'a' * 2_000}",
    f"https://{'a' * 300}.example/",
]


def send(url, **options):
    return outbound.ask(outbound.Request("POST", url, body=b"{}"), limits=QUICK, **options)


@pytest.fixture
def names(monkeypatch):
    """A name server of the test's own: each name has a list of answers, given one after another."""
    answers, asked = {}, []
    system = socket.getaddrinfo

    def getaddrinfo(host, port, *arguments, **options):
        if host not in answers:
            return system(host, port, *arguments, **options)
        asked.append(host)
        given = answers[host]
        found = given.pop(0) if len(given) > 1 else given[0]
        return [entry for each in found for entry in system(each, port, *arguments, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    answers["asked"] = asked
    return answers


@pytest.fixture
def no_connection(monkeypatch):
    """The places that somebody tried to connect to."""
    tried = []
    connect = socket.socket.connect

    def noted(self, address):
        tried.append(address)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noted)
    return tried


@pytest.mark.parametrize("host", INSIDE.values(), ids=INSIDE.keys())
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_an_address_inside_is_refused(host, scheme, no_connection):
    with pytest.raises((outbound.AddressRefused, outbound.AddressInvalid, outbound.NameUnknown)):
        send(f"{scheme}://{host}/latest/meta-data/")

    assert no_connection == []


@pytest.mark.parametrize("host", INSIDE.values(), ids=INSIDE.keys())
def test_an_address_inside_is_refused_when_it_is_only_looked_at(host):
    """A name that nobody knows yet is let pass: it is looked up again with every request."""
    try:
        outbound.check_address(f"https://{host}/hook")
    except (outbound.AddressRefused, outbound.AddressInvalid):
        return
    with pytest.raises(outbound.NameUnknown):
        send(f"https://{host}/hook")


def test_an_address_that_is_kept_is_secure_and_names_its_server_in_ascii():
    with pytest.raises(outbound.HostNotAscii):
        outbound.check_address("https://\u0435xample.com/")  # a Cyrillic letter
    with pytest.raises((outbound.AddressInvalid, outbound.AddressRefused)):
        outbound.check_address("http://nobody.invalid/")


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_address_is_refused_by_name(url, no_connection):
    with pytest.raises(outbound.AddressInvalid) as refusal:
        send(url)

    assert (refusal.value.code, refusal.value.field) == ("outbound_address_invalid", "url")
    assert no_connection == []


@pytest.mark.parametrize("address", ["8.8.8.8", "223.5.5.5", "2606:4700::1111", "64:ff9b::808:808"])
def test_what_is_everybodys_is_public(address):
    assert networks.is_public(networks.parse(address))


@pytest.mark.parametrize("port", [1, 22, 25, 53, 111, 139, 445, 1023])
def test_ports_where_no_web_server_listens_are_barred(port, names, no_connection):
    names["mail.example"] = [["8.8.8.8"]]

    with pytest.raises(outbound.AddressRefused):
        send(f"https://mail.example:{port}/")

    assert no_connection == []


def test_plain_http_leads_to_no_public_address(names, no_connection):
    names["plain.example"] = [["8.8.8.8"]]

    with pytest.raises(outbound.AddressRefused):
        send("http://plain.example/")

    assert no_connection == []


def test_a_name_with_one_address_inside_is_refused_whole(names, no_connection):
    names["two-faced.example"] = [["8.8.8.8", "127.0.0.1"]]

    with pytest.raises(outbound.AddressRefused):
        send("https://two-faced.example/")

    assert no_connection == []


def test_a_name_that_changes_its_address_after_the_check_is_not_asked_again(names, settings):
    """Rebinding: the first answer may be reached, every later one is somebody inside."""
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.2/32"),)
    names["rebinding.example"] = [["127.0.0.2"], ["127.0.0.1"]]
    with (
        serving(says(OK), host="127.0.0.2") as outside,
        serving(says(OK), host="127.0.0.1", port=outside.port) as inside,
    ):
        reply = send(f"http://rebinding.example:{outside.port}/hook")

        assert reply.body == b"ok"
        assert names["asked"] == ["rebinding.example"]
        assert b"\r\nHost: rebinding.example:" in outside.requests[0]
        with pytest.raises(outbound.AddressRefused):
            send(f"http://rebinding.example:{outside.port}/hook")
        assert (outside.connections, inside.connections) == (1, 0)


def test_asking_again_would_reach_inside(names, settings):
    """The negative control: check the name, then connect to the name, as a careless client does."""
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.2/32"),)
    names["rebinding.example"] = [["127.0.0.2"], ["127.0.0.1"]]
    with serving(says(OK), host="127.0.0.1") as inside:
        outbound.check_address(f"http://rebinding.example:{inside.port}/hook")
        socket.create_connection(("rebinding.example", inside.port)).close()

        for _try in range(100):
            if inside.connections:
                break
            socket.create_connection(("127.0.0.1", inside.port)).close()
        assert inside.connections > 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status, settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.2/32"),)
    with serving(says(OK), host="127.0.0.1") as inside:
        leads_inside = (
            f"HTTP/1.1 {status} Moved\r\nLocation: {inside.url}\r\nContent-Length: 0\r\n\r\n"
        )
        with (
            serving(says(leads_inside.encode()), host="127.0.0.2") as outside,
            pytest.raises(outbound.Redirected),
        ):
            send(outside.url)

        assert (outside.connections, inside.connections) == (1, 0)


def test_a_proxy_of_the_environment_is_not_used(settings, monkeypatch):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.1/32"),)
    with serving(says(OK)) as proxy, serving(says(OK)) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "")

        assert send(server.url).status == 200
        assert (proxy.connections, server.connections) == (0, 1)


def test_what_an_operator_allows_is_reached_at_that_port_alone(settings):
    with serving(says(OK)) as server, serving(says(OK)) as other:
        settings.OUTBOUND_ALLOWED = (networks.read_allowed(f"127.0.0.1:{server.port}"),)

        assert send(server.url).status == 200
        with pytest.raises(outbound.AddressRefused):
            send(other.url)
        assert other.connections == 0


@pytest.mark.parametrize("url", ["http://[::ffff:127.0.0.1]", "http://127.0.0.1"])
def test_what_is_allowed_is_allowed_in_each_writing(url, settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    with serving(says(OK)) as server:
        assert send(f"{url}:{server.port}/hook").status == 200


@pytest.mark.parametrize(
    "entry",
    ["", "market.example", "10.0.0.1/8", "127.0.0.1:0", "127.0.0.1:65536", "::1", "[::1", "*"],
)
def test_an_allowance_that_cannot_be_read_stops_the_process(entry):
    with pytest.raises(ValueError, match=r".+"):
        networks.read_allowed(entry)


def test_a_certificate_is_compared_with_the_name_and_not_the_address(names, settings, tmp_path):
    ca_file, tls = authority.make(tmp_path, "receiver.example")
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.1/32"),)
    settings.OUTBOUND_CA_FILE = str(ca_file)
    names["receiver.example"] = names["impostor.example"] = [["127.0.0.1"]]
    with serving(says(OK), tls=tls) as server:
        assert send(f"https://receiver.example:{server.port}/").body == b"ok"
        with pytest.raises(outbound.TlsFailed):
            send(f"https://impostor.example:{server.port}/")
        assert len(server.requests) == 1


def test_a_certificate_of_an_unknown_authority_is_refused(names, settings, tmp_path):
    _ca_file, tls = authority.make(tmp_path, "receiver.example")
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.1/32"),)
    names["receiver.example"] = [["127.0.0.1"]]
    with serving(says(OK), tls=tls) as server:
        with pytest.raises(outbound.TlsFailed):
            send(f"https://receiver.example:{server.port}/")
        assert server.requests == []


def test_a_server_that_speaks_no_tls_is_refused(settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.1/32"),)
    with serving(says(OK)) as server, pytest.raises(outbound.OutboundRefused) as refusal:
        send(server.url.replace("http:", "https:"))

    assert refusal.value.code in {"outbound_tls_failed", "outbound_timed_out"}


def test_inside_a_transaction_nothing_is_sent(db, settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.1/32"),)
    with serving(says(OK)) as server:
        with pytest.raises(outbound.InsideTransaction):
            send(server.url)

        assert server.connections == 0
