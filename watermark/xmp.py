"""The XMP packet of an output: IPTC digital source type and AI system, and for pictures the AIGC record.

IPTC Photo Metadata Standard 2025.1; TC260-PG-20259A for the AIGC element.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape

IPTC_EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
TC260 = "http://www.tc260.org.cn/ns/AIGC/1.0/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_MAX_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class XmpFacts:
    """What we write to and read from a packet.

    Attributes:
        digital_source_type: full IPTC NewsCodes address.
        system, system_version: the AI system that made the content.
        aigc: the AIGC record as JSON text; None in containers that carry it elsewhere.
    """

    digital_source_type: str
    system: str
    system_version: str
    aigc: str | None = None


def packet(facts: XmpFacts) -> str:
    """A whole XMP packet, ASCII unless a value is not."""
    rows = [
        f"<Iptc4xmpExt:DigitalSourceType>{escape(facts.digital_source_type)}</Iptc4xmpExt:DigitalSourceType>",
        f"<Iptc4xmpExt:AISystemUsed>{escape(facts.system)}</Iptc4xmpExt:AISystemUsed>",
        f"<Iptc4xmpExt:AISystemVersionUsed>{escape(facts.system_version)}</Iptc4xmpExt:AISystemVersionUsed>",
    ]
    if facts.aigc is not None:
        rows.append(f"<TC260:AIGC>{escape(facts.aigc)}</TC260:AIGC>")
    body = "".join(rows)
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'
        f'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{IPTC_EXT}" xmlns:TC260="{TC260}">{body}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def values(packet_text: str, namespace: str, name: str) -> tuple[str, ...]:
    """Every value of a property, whether written as element or as attribute; () when the packet is damaged."""
    root = _parse(packet_text)
    if root is None:
        return ()
    found: list[str] = []
    for node in root.iter():
        if node.tag == f"{{{namespace}}}{name}":
            found.append("".join(node.itertext()).strip())
        if f"{{{namespace}}}{name}" in node.attrib:
            found.append(node.attrib[f"{{{namespace}}}{name}"].strip())
    return tuple(found)


def _parse(packet_text: str) -> ElementTree.Element | None:
    # Entities are never declared in XMP; a document type is a bomb or a probe for local files.
    if len(packet_text) > _MAX_CHARACTERS or "<!DOCTYPE" in packet_text or "<!ENTITY" in packet_text:
        return None
    start, end = packet_text.find("<x:xmpmeta"), packet_text.rfind("</x:xmpmeta>")
    if start < 0 or end < 0:
        start, end = packet_text.find("<rdf:RDF"), packet_text.rfind("</rdf:RDF>")
        closing = "</rdf:RDF>"
    else:
        closing = "</x:xmpmeta>"
    if start < 0 or end < start:
        return None
    try:
        return ElementTree.fromstring(packet_text[start : end + len(closing)])
    except (ElementTree.ParseError, ValueError, RecursionError):
        return None
