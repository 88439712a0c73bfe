"""The 32 federal entities and the federation, and where each stands on the tile map.

Here: INEGI keys, names, the abbreviation on the tile, its row and column. The layout keeps neighbours
together and north up; it isn't to scale. Not here: which sources an entity has (the catalogue says).
"""

from dataclasses import dataclass

FEDERATION = "00"


@dataclass(frozen=True)
class Entity:
    """key: INEGI, two digits. short: the customary abbreviation, at most five
    letters so that it fits a tile on a phone. row, column: 1-based."""

    key: str
    name: str
    short: str
    row: int
    column: int


ENTITIES = (
    Entity("01", "Aguascalientes", "Ags", 3, 4),
    Entity("02", "Baja California", "BC", 1, 1),
    Entity("03", "Baja California Sur", "BCS", 2, 1),
    Entity("04", "Campeche", "Camp", 5, 8),
    Entity("05", "Coahuila de Zaragoza", "Coah", 1, 4),
    Entity("06", "Colima", "Col", 4, 2),
    Entity("07", "Chiapas", "Chis", 6, 7),
    Entity("08", "Chihuahua", "Chih", 1, 3),
    Entity("09", "Ciudad de México", "CDMX", 4, 5),
    Entity("10", "Durango", "Dgo", 2, 3),
    Entity("11", "Guanajuato", "Gto", 3, 5),
    Entity("12", "Guerrero", "Gro", 5, 4),
    Entity("13", "Hidalgo", "Hgo", 3, 7),
    Entity("14", "Jalisco", "Jal", 3, 3),
    Entity("15", "México", "Méx", 4, 4),
    Entity("16", "Michoacán de Ocampo", "Mich", 4, 3),
    Entity("17", "Morelos", "Mor", 5, 5),
    Entity("18", "Nayarit", "Nay", 3, 2),
    Entity("19", "Nuevo León", "NL", 1, 5),
    Entity("20", "Oaxaca", "Oax", 6, 6),
    Entity("21", "Puebla", "Pue", 5, 6),
    Entity("22", "Querétaro", "Qro", 3, 6),
    Entity("23", "Quintana Roo", "QRoo", 5, 9),
    Entity("24", "San Luis Potosí", "SLP", 2, 5),
    Entity("25", "Sinaloa", "Sin", 2, 2),
    Entity("26", "Sonora", "Son", 1, 2),
    Entity("27", "Tabasco", "Tab", 5, 7),
    Entity("28", "Tamaulipas", "Tamps", 2, 6),
    Entity("29", "Tlaxcala", "Tlax", 4, 6),
    Entity("30", "Veracruz de Ignacio de la Llave", "Ver", 4, 7),
    Entity("31", "Yucatán", "Yuc", 4, 9),
    Entity("32", "Zacatecas", "Zac", 2, 4),
)
NAMES = {FEDERATION: "Federación", **{entity.key: entity.name for entity in ENTITIES}}
