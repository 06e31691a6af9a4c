"""The octets of short messages, against two decoders that share nothing with our encoder."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smspdudecoder.codecs import GSM
from smspdudecoder.fields import SMSDeliver, SMSSubmit

from drivers.errors import BadNumber, BadText, PduUnreadable
from drivers.modems.addresses import masked, normalised
from drivers.modems.alphabet import pack, septets_of, text_of, unpack
from drivers.modems.pdu import (
    Concatenation,
    Deliver,
    StatusReport,
    SubmitPdu,
    read_pdu,
    submit_pdus,
    validity_octet,
)
from drivers.modems.splitting import ReferenceBits, split
from drivers.virtual.modem.octets import (
    OctetsRefused,
    Submitted,
    read_submit,
    write_deliver,
    write_status_report,
)

TO = "+201012345678"
DAY = timedelta(days=1)
GSM_SIGNS = (
    "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà"
    "^{}\\[~]|€"
)
texts = st.one_of(
    st.text(alphabet=GSM_SIGNS, min_size=1, max_size=500),
    st.text(alphabet="[]{}€|abc", min_size=150, max_size=330),
    st.text(alphabet="أبتثجحخدذرزسشصضطظعغفقكلمنهوي٠١٢٣٤٥٦٧٨٩ .،؟", min_size=1, max_size=300),
    st.text(alphabet="🏛️📱ش a", min_size=60, max_size=150),
    st.text(
        alphabet=st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=200
    ),
).filter(lambda text: bool(text.strip()))
mobiles = st.from_regex(r"\+201[0125][0-9]{8}", fullmatch=True)
references = st.sampled_from([8, 16])

HALL = [
    ("دورك قرّب: رقم ١٤٢ وقبلك ٣. خليك في الصالة. مركز كفر صقر", 0),
    ("استلمنا طلبك ٤٥٨٧٢ يوم ٢٢/١١. الرد قبل ١٣/١٢. تابع: {link}", 18),
    ("طلبك ٤٥٨٧٢ ناقص ورق. التفاصيل: {link} أو أي شباك", 28),
    ("طلبك ٤٥٨٧٢: عليك ٢٢٥ ج قبل ١/١٢. كود فوري ٩٣١٦٠٠٢٣٩", 0),
    ("طلبك ٤٥٨٧٢ جاهز. استلمه ببطاقتك من ٩ لـ ٢. مركز كفر صقر", 0),
    ("كود الدخول ٤٨٢٩٠١ صالح ٥ دقائق. لا تعطه لأحد حتى الموظف.", 0),
]


def submitted(text: str, to: str = TO, bits: ReferenceBits = 8) -> list[SubmitPdu]:
    parts = split(text, reference_bits=bits)
    return submit_pdus(to, parts, reference=0x1234, valid_for=DAY, reference_bits=bits)


@given(texts, mobiles, references)
def test_a_strict_network_reads_what_was_written(text: str, to: str, bits: ReferenceBits) -> None:
    parts = [read_submit(pdu.octets, pdu.length) for pdu in submitted(text, to, bits)]
    assert "".join(part.text for part in parts) == text.replace("\r\n", "\n")
    assert {part.to for part in parts} == {to}
    assert [part.part for part in parts if part.total > 1] == [
        *range(1, len(parts) + 1 if len(parts) > 1 else 1)
    ]
    assert {part.reference for part in parts} <= {0, 0x34 if bits == 8 else 0x1234}
    assert all(part.wants_report and part.validity_minutes == 24 * 60 for part in parts)


@given(texts, mobiles)
def test_a_published_decoder_reads_what_was_written(text: str, to: str) -> None:
    pdus = submitted(text, to)
    read = [SMSSubmit.decode(StringIO(pdu.octets.hex().upper())) for pdu in pdus]
    parts = split(text)
    for part, each in zip(parts.parts, read, strict=True):
        shown = each["user_data"]["data"]
        if parts.coding == "gsm" and any(len(septets_of(sign) or ()) == 2 for sign in part):
            # It counts signs, not septets, and so may take the last seven spare bits for an @.
            shown = shown[: len(part)]
        assert shown == part
    for number, each in enumerate(read, 1):
        assert each["recipient"]["toa"] == {"ton": "international", "npi": "isdn"}
        assert f"+{each['recipient']['number']}" == to
        assert each["header"]["srr"]
        assert each["validity-days" if "validity-days" in each else "validity-hours"] in (1, 24)
        if len(pdus) > 1:
            (element,) = each["user_data"]["header"]["elements"]
            assert element["data"] == {
                "reference": 0x34,
                "parts_count": len(pdus),
                "part_number": number,
            }


@given(texts, references)
def test_no_part_is_over_its_limit_and_none_could_be_spared(text: str, bits: ReferenceBits) -> None:
    parts = [read_submit(pdu.octets, pdu.length) for pdu in submitted(text, bits=bits)]
    coding = parts[0].coding
    assert coding == ("gsm" if all(septets_of(s) for s in text.replace("\r\n", "\n")) else "ucs2")
    alone = {"gsm": 160, "ucs2": 70}[coding]
    together = {("gsm", 8): 153, ("gsm", 16): 152, ("ucs2", 8): 67, ("ucs2", 16): 66}[coding, bits]
    if len(parts) == 1:
        assert parts[0].units <= alone
        return
    assert sum(part.units for part in parts) > alone
    for part in parts[:-1]:  # a sign of two units may leave one free, nothing else may
        assert together - 1 <= part.units <= together
    assert 0 < parts[-1].units <= together


@pytest.mark.parametrize(("text", "room"), HALL)
def test_a_text_of_the_hall_is_one_part(text: str, room: int) -> None:
    assert len(split(text.replace("{link}", "x" * room)).parts) == 1
    if "{link}" in text:  # told, so that whoever makes the links knows what they may cost
        assert len(split(text.replace("{link}", "x" * (room + 1))).parts) == 2


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ش" * 70, [70]),
        ("ش" * 71, [67, 4]),
        ("ش" * 134, [67, 67]),
        ("ش" * 135, [67, 67, 1]),
        ("a" * 160, [160]),
        ("a" * 161, [153, 8]),
        ("€" * 80, [80]),
        ("€" * 81, [76, 5]),
        ("a" * 152 + "€" + "a" * 10, [152, 11]),
        ("ش" * 66 + "🏛" + "ش" * 9, [66, 10]),
        ("🏛" * 35, [35]),
        ("🏛" * 36, [33, 3]),
    ],
)
def test_a_text_is_cut_where_a_part_is_full_and_never_within_a_sign(
    text: str, parts: list[int]
) -> None:
    assert [len(part) for part in split(text).parts] == parts


def test_what_can_not_be_said_is_refused() -> None:
    for text in ("", " \n", "\ud83c alone"):
        with pytest.raises(BadText):
            split(text)
    with pytest.raises(BadText, match="256 parts"):
        split("ش" * 67 * 255 + "ش")


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("hellohello", "E8329BFD4697D9EC37"),
        ("How are you?", "C8F71D14969741F977FD07"),
        ("2 € par mois", "32D0A60C8287E5A0F63B3D07"),
        ("1234567", "31D98C56B3DD00"),
    ],
)
def test_septets_are_packed_as_the_standard_shows(text: str, octets: str) -> None:
    septets = [septet for sign in text for septet in septets_of(sign) or ()]
    assert pack(septets).hex().upper() == octets
    assert text_of(unpack(bytes.fromhex(octets), len(septets))) == text


def test_a_whole_message_is_written_as_known_software_writes_it() -> None:
    """The worked example of the Wikipedia article on GSM 03.40, but for its validity."""
    pdus = submit_pdus("+15125551234", split("Howdy y'all!"), reference=0, valid_for=DAY)
    assert [pdu.octets.hex().upper() for pdu in pdus] == [
        "0031000B915121551532F40000A70CC8F79D9C07E54F61363B04"
    ]
    assert pdus[0].length == 25


@given(
    st.text(alphabet=GSM_SIGNS.replace("@", ""), min_size=1, max_size=80),
    st.sampled_from(["+201012345678", "+4915112345678"]),
)
def test_gsm_text_that_comes_in_is_read_as_a_published_encoder_wrote_it(
    text: str, sender: str
) -> None:
    septets = sum(len(septets_of(sign) or ()) for sign in text)
    body = bytes.fromhex(GSM.encode(text))
    octets, _ = write_deliver(sender, "x", datetime(2026, 11, 29, 8, tzinfo=UTC))
    tpdu = octets[8:]
    head = tpdu[: 4 + len(sender) // 2]  # up to the coding
    whole = head + b"\x00" + tpdu[len(head) + 1 : len(head) + 8] + bytes((septets,)) + body
    read = read_pdu(b"\x00" + whole, len(whole))
    assert isinstance(read, Deliver)
    assert (read.text, read.sender.number) == (text, sender)


moments = st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2099, 12, 30)).map(
    lambda moment: moment.replace(microsecond=0)
)
offsets = st.integers(-48, 56).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30),
    moments,
    offsets,
)
def test_a_message_that_comes_in_is_read_with_its_time(
    text: str, moment: datetime, zone: timezone
) -> None:
    sent_at = moment.replace(tzinfo=zone)
    octets, length = write_deliver(TO, text, sent_at, (7, 3, 2))
    read = read_pdu(octets, length)
    assert isinstance(read, Deliver)
    assert (read.text, read.sent_at) == (text, sent_at)
    assert read.sent_at is not None
    assert read.sent_at.utcoffset() == sent_at.utcoffset()
    assert read.concatenation == Concatenation(7, 3, 2)
    assert SMSDeliver.decode(StringIO(octets.hex()))["scts"] == sent_at


@given(moments, offsets, st.integers(0, 255), st.integers(0, 255))
def test_a_report_is_read_whole(
    moment: datetime, zone: timezone, reference: int, status: int
) -> None:
    sent_at, done_at = moment.replace(tzinfo=zone), moment.replace(tzinfo=UTC)
    octets, length = write_status_report(reference, TO, sent_at, done_at, status)
    read = read_pdu(octets, length)
    assert isinstance(read, StatusReport)
    assert (read.reference, read.recipient.number) == (reference, TO)
    assert (read.sent_at, read.done_at, read.status) == (sent_at, done_at, status)


def test_known_messages_of_real_modems_are_read() -> None:
    read = read_pdu(
        bytes.fromhex(
            "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07"
        ),
        30,
    )
    assert isinstance(read, Deliver)
    assert (read.sender.number, read.text) == ("+31641600986", "How are you?")
    assert read.sent_at == datetime(2002, 8, 26, 19, 37, 41, tzinfo=UTC)
    named = read_pdu(
        bytes.fromhex("0414D0C4F23C7D760390EF76190000" + "62111292800080" + "02" + "C834"), 25
    )
    assert isinstance(named, Deliver)
    assert (named.sender.number, named.text) == ("Design@Home", "Hi")


def test_a_modem_that_leaves_the_service_centre_out_is_understood() -> None:
    octets, length = write_deliver("Vodafone", "مرحبا", datetime(2026, 11, 29, tzinfo=UTC))
    short = read_pdu(octets[-length:], length)
    assert short == read_pdu(octets, length)
    assert isinstance(short, Deliver)
    assert short.sender.number == "Vodafone"


@given(st.binary(max_size=180), st.integers(0, 200))
def test_octets_that_make_no_sense_are_refused_and_harm_nothing(octets: bytes, length: int) -> None:
    with contextlib.suppress(PduUnreadable):
        read_pdu(octets, length)


@given(st.binary(min_size=1, max_size=4), st.integers(0, 60))
def test_a_message_with_wrong_octets_is_refused_or_read_as_something(patch: bytes, at: int) -> None:
    octets, length = write_deliver(TO, "دورك قرّب", datetime(2026, 11, 29, tzinfo=UTC), (1, 2, 1))
    spoiled = octets[:at] + patch + octets[at + len(patch) :]
    with contextlib.suppress(PduUnreadable):
        read_pdu(spoiled, length)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda octets: octets + b"\0", "octets"),
        (lambda octets: octets[:1] + b"\x10" + octets[2:], "no SMS-SUBMIT"),
        (lambda octets: octets[:1] + b"\x35" + octets[2:], "duplicates"),
        (lambda octets: octets[:-1], "announced"),
    ],
)
def test_the_virtual_network_refuses_what_breaks_a_rule(spoil: object, why: str) -> None:
    (pdu,) = submitted("دورك قرّب")
    assert callable(spoil)
    with pytest.raises(OctetsRefused, match=why):
        read_submit(spoil(pdu.octets), pdu.length)


def test_fill_bits_that_are_not_zero_are_found() -> None:
    pdu = submitted("a" * 161)[0]
    fill = pdu.octets.index(b"\x05\x00\x03") + 6
    spoiled = bytearray(pdu.octets)
    spoiled[fill] |= 0x01
    with pytest.raises(OctetsRefused, match="fill"):
        read_submit(bytes(spoiled), pdu.length)


@pytest.mark.parametrize(
    ("asked", "octet", "meant"),
    [
        (timedelta(0), 0, 5),
        (timedelta(minutes=9), 0, 5),
        (timedelta(minutes=10), 1, 10),
        (timedelta(hours=12), 143, 720),
        (timedelta(hours=12, minutes=29), 143, 720),
        (timedelta(hours=12, minutes=30), 144, 750),
        (timedelta(hours=24), 167, 1440),
        (timedelta(hours=47), 167, 1440),
        (timedelta(days=2), 168, 2880),
        (timedelta(days=30), 196, 30 * 1440),
        (timedelta(days=34), 196, 30 * 1440),
        (timedelta(weeks=5), 197, 5 * 10080),
        (timedelta(weeks=90), 255, 63 * 10080),
    ],
)
def test_a_validity_is_never_longer_than_was_asked(
    asked: timedelta, octet: int, meant: int
) -> None:
    assert validity_octet(asked) == octet
    (pdu,) = submit_pdus(TO, split("x"), reference=0, valid_for=asked)
    assert read_submit(pdu.octets, pdu.length).validity_minutes == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("01012345678", "+201012345678"),
        ("٠١١ ١٢٣٤ ٥٦٧٨", "+201112345678"),
        ("+20 (12) 1234-5678", "+201212345678"),
        ("00201512345678", "+201512345678"),
        ("201012345678", "+201012345678"),
        ("\u2066+201012345678\u2069", "+201012345678"),
        ("+4915112345678", "+4915112345678"),
        ("00966501234567", "+966501234567"),
    ],
)
def test_a_number_is_understood_as_people_write_it(written: str, meant: str) -> None:
    assert normalised(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "01312345678",
        "0101234567",
        "010123456789",
        "+2013",
        "+20161234567",
        "16474",
        "abc",
        "+201612345678",
        "+2010123456789",
        "01012345678;AT",
    ],
)
def test_what_is_no_number_is_refused_without_being_told_in_full(written: str) -> None:
    with pytest.raises(BadNumber) as refused:
        normalised(written)
    assert not written or written not in str(refused.value)


def test_only_the_end_of_a_number_is_shown() -> None:
    assert masked("+201012345678") == "…678"
    assert masked("678") == "…"


def test_a_service_centre_of_our_own_stands_before_the_message() -> None:
    (pdu,) = submit_pdus(TO, split("x"), reference=0, valid_for=DAY, service_centre="+20105996500")
    assert pdu.octets.startswith(bytes.fromhex("07910201956905F0"))
    read: Submitted = read_submit(pdu.octets, pdu.length)
    assert read.service_centre == "20105996500"
