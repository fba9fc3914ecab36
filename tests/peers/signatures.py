"""Checks DKIM signatures (RFC 6376) by keys in the DNS of the tests."""

import dkim
import dns.message
import dns.query
import dns.rdatatype


def texts_from(nameserver):
    """How dkimpy asks for keys."""
    def texts(name, timeout=5):
        name = name.decode() if isinstance(name, bytes) else name
        answer = dns.query.tcp(dns.message.make_query(name, "TXT"), nameserver.address,
                               timeout=timeout)
        for rrset in answer.answer:
            if rrset.rdtype == dns.rdatatype.TXT:
                return b"".join(rrset[0].strings)
        return None
    return texts


def selectors(octets):
    """Of the signatures that a message has, in order."""
    return [dict(part.strip().split(b"=", 1) for part in value.split(b";") if b"=" in part)[b"s"]
            .strip().decode() for name, value in dkim.DKIM(octets).headers
            if name.lower() == b"dkim-signature"]


def verifies(octets, nameserver):
    """Whether it has signatures, and all of them hold."""
    try:
        return bool(selectors(octets)) and all(
            dkim.DKIM(octets).verify(idx=index, dnsfunc=texts_from(nameserver))
            for index in range(len(selectors(octets))))
    except dkim.DKIMException:
        return False
