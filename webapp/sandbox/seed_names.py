"""The cast of the demo: invented customers of an invented systems house, German and English.

The first MAPPED_COUNT are meant to be mapped already; the others are left to the person who tries Kontor.
"""

from __future__ import annotations

from dataclasses import dataclass

MAPPED_COUNT = 40
# Left unmapped on purpose: its company has the same name and exactly one contract in effect, and its usage is a plain
# increase within the limits. Mapping it is the shortest way to see a change posted.
NEWCOMER = "Möbelhaus Kästner GmbH"


@dataclass(frozen=True)
class Person:
    """The contact of a customer."""

    first: str
    last: str


@dataclass(frozen=True)
class Cast:
    """One customer. `company` is its name in Autotask: empty when the same, None when there is none."""

    name: str
    city: str
    region: str = "eu02"
    company: str | None = ""
    show_as: str | None = None


MAPPED = (
    Cast("Bäckerei Öztürk GmbH", "Hamburg"),
    Cast("Autohaus Brüggemann GmbH & Co. KG", "Bremen", company="Autohaus Brüggemann"),
    Cast("Zahnarztpraxis Dr. Weiß", "Lübeck"),
    Cast("Steuerkanzlei Hoffmann & Partner mbB", "Kiel"),
    Cast("Spedition Kröger KG", "Rostock"),
    Cast("Tischlerei Jürgens", "Oldenburg"),
    Cast("Sanitär Möller GmbH", "Hannover"),
    Cast("Hotel Seeblick Timmendorf GmbH", "Timmendorfer Strand", company="Hotel Seeblick"),
    Cast("Gemeinnützige Wohnbau Elbe eG", "Magdeburg"),
    Cast("Kieferorthopädie am Markt", "Schwerin"),
    Cast("Architekturbüro Lindström", "Flensburg"),
    Cast("Weingut Schäfer-Hahn", "Mainz"),
    Cast("Druckerei Grünwald GmbH", "Leipzig"),
    Cast("Apotheke zum Löwen", "Göttingen"),
    Cast("Logistik Nord AG", "Hamburg"),
    Cast("Kanzlei von Bülow Rechtsanwälte", "Berlin"),
    Cast("Metallbau Fröhlich GmbH", "Chemnitz"),
    Cast("Pflegedienst Sonnenschein gGmbH", "Celle"),
    Cast("Brauerei Waldhorn", "Bamberg"),
    Cast("Elektro Süß GmbH", "Erfurt"),
    Cast("Physiotherapie Körner", "Jena"),
    Cast("Gartenbau Überall GmbH", "Lüneburg"),
    Cast("Harcourt & Lowe Solicitors LLP", "Dublin", "eu01"),
    Cast("Glenmore Dairy Ltd", "Cork", "eu01"),
    Cast("Ballard Marine Services", "Galway", "eu01"),
    Cast("Whitfield Primary School Trust", "Waterford", "eu01", company="Whitfield School Trust"),
    Cast("Ashdown Veterinary Group", "Limerick", "eu01"),
    Cast("Kinsella Freight Ltd", "Dublin", "eu01"),
    Cast("Juniper Creek Dental", "Portland", "us03"),
    Cast("Ridgeway Machine Works, Inc.", "Cleveland", "us03", company="Ridgeway Machine Works"),
    Cast("Prairie Sky Insurance Agency", "Omaha", "us03"),
    Cast("Maschinenbau Täubert GmbH", "Zwickau"),
    Cast("Fahrschule Blitz", "Kassel"),
    Cast("Reisebüro Sommerwind", "Stade"),
    Cast("Kita Regenbogen e.V.", "Potsdam"),
    Cast("Dachdeckerei Höfer", "Fulda"),
    Cast("Rechenzentrum Küste GmbH", "Emden"),
    Cast("Stadtwerke Grüntal GmbH", "Grüntal"),
    Cast("Müller Umwelttechnik GmbH", "Braunschweig"),
    Cast("Immobilien Sachs & Söhne OHG", "Dresden"),
)

UNMAPPED = (
    Cast(NEWCOMER, "Osnabrück"),
    Cast("Schneider Bau GmbH", "Köln"),
    Cast("Schneider Bau GmbH", "Stuttgart"),
    Cast("Tierklinik Auenwald", "Paderborn", company=None),
    Cast("Galerie Lichtblick", "Weimar"),  # a trial
    Cast("O'Brien & Daughters Bakery", "Kilkenny", "eu01"),  # termed
    Cast("Sportverein Eintracht Nordhausen 1905 e.V.", "Nordhausen", company="SV Eintracht Nordhausen"),  # termed
    Cast("Larkspur Books, LLC", "Boise", "us03", company="Larkspur Books"),  # termed
    Cast("Textilhaus Krämer", "Gera"),  # suspended
    Cast("Fischräucherei Petersen", "Husum"),  # never activated: no apiHost
    Cast("Planungsbüro Nord Ingenieurgesellschaft mbH", "Wismar", show_as="Planungsbüro Nord"),
    Cast("Augenzentrum Dr. Nguyễn", "Halle", company="Augenzentrum Dr. Nguyen"),
    Cast("Bürobedarf Zöllner e.K.", "Minden", company="Buerobedarf Zoellner"),
    Cast("Castletown Credit Union", "Celbridge", "eu01"),
    Cast("Meridian Orthopedics PC", "Tucson", "us03", company="Meridian Orthopedics"),
    Cast("Hafenbetrieb Wilhelmsburg GmbH", "Hamburg", company="Hafenbetrieb Wilhelmsburg GmbH & Co. KG"),
    Cast("Landhotel Eichenhof", "Soltau"),
    Cast("Optik Strauß GmbH", "Hildesheim"),
    Cast("St. Brendan's Nursing Home", "Ennis", "eu01", company="Saint Brendans Nursing Home"),
    Cast("Wäscherei Blütenweiß", "Bautzen"),
)

# Companies that are no customer in Sophos: near names, a prospect, a vendor, one that is no longer active.
OTHER_COMPANIES = (
    ("Bäckerei Özkan", "Hamburg", 1, True),
    ("Autohaus Brügge", "Bremen", 1, True),
    ("Möbelhaus Kastner", "Graz", 3, True),
    ("Distribution Mitte AG", "Frankfurt", 7, True),
    ("Videothek Sternstunde", "Kiel", 1, False),
    ("Schneider Baustoffe", "Köln", 1, True),
)

PEOPLE = (
    Person("Ayşe", "Öztürk"),
    Person("Jörg", "Brüggemann"),
    Person("Katrin", "Weiß"),
    Person("Sean", "Doyle"),
    Person("Maren", "Hoffmann"),
    Person("Emily", "Carter"),
    Person("Björn", "Lindström"),
)
