"""What people type where they have no datum.

Here: the one list of such texts. Not here: the same list as SQL (`is_placeholder` in
`dbt_project/macros/values.sql`; `tests/contract/repair_cases.yaml` holds both equal), what stands in place of
an identifier (`../identity.py` knows more forms, because an id is never a sentence).
"""

import re

# Nuevo León, Chihuahua, INAI's indicators, CDMX and the PDN (reference: defect Q15). Most texts fail it at their
# first letters, which is why it is one pattern over the text as it stands.
PLACEHOLDER = re.compile(
    r"\s*(?:sin[\s_]+datos?[\s_-]*[0-9a-f-]*|sd|s/d|s/n|s\.n\.|nan|na|n/a|n\.a\.|null|none|undefined"
    r"|no\s+(?:capturado|aplica|disponible|especificado|proporcionado|de[sc]+ription)"
    r"|dato\s+no\s+proporcionado|sin\s+descripci(?:o\u0301?|ó)n|por\s+definir|pendientes?\.?"
    r"|x+|[-.*_]+|test|prueba)\s*",
    re.IGNORECASE,
)


def is_placeholder(text: str) -> bool:
    """Whether the whole text stands for a missing datum, whatever its case and blanks.

    Forms: SIN DATO, Sin_Dato_011, SIN DATO-<guid>, SD, S/D, S/N, S.N., NaN, NA, N/A, N.A., null, none,
    undefined, No capturado, No aplica, No disponible, No especificado, No proporcionado, Dato no
    proporcionado, No decription (sic), Sin descripción, Por definir, Pendiente(s)(.), test, prueba, runs of x
    and of - . * _. A blank text is none: it holds nothing.
    """
    return PLACEHOLDER.fullmatch(text) is not None
