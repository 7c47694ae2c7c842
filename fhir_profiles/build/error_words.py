"""What each error and notice is called in Danish, beside the English title of the error table.

One line for each row of `ERRORS` in service/web/errors.py, and for each notice.
"""

DANISH = {
    "malformed-json": "Kan ikke læses som JSON",
    "invalid-resource": "Ikke gyldig FHIR R4",
    "malformed-http": "Kan ikke læses som HTTP",
    "bad-input": "Noget af det sendte er forkert",
    "invalid-search": "Ikke en søgning, der forstås her",
    "body-too-large": "Der blev sendt for meget",
    "content-encoding-not-accepted": "Komprimeret indhold",
    "content-type-not-accepted": "Indholdstypen tages ikke",
    "not-acceptable": "Findes ikke i den form",
    "invalid-field": "Et felt eller en parameter er forkert",
    "resource-type-not-accepted": "Ressourcetypen tages ikke",
    "bundle-incomplete": "Noget nødvendigt mangler",
    "unresolved-reference": "En reference fører ingen steder hen",
    "patient-mismatch": "Mere end én patient",
    "encounter-not-usable": "Kontakten finder ikke sted",
    "modifier-not-understood": "En ukendt modifier",
    "invalid-code": "Ikke en kode i dens system",
    "unknown-code-system": "Ingen kode, som pakker slås op på",
    "idempotency-key-reused": "Idempotency-Key er brugt til noget andet",
    "not-authenticated": "Hvem er du?",
    "not-allowed": "Ikke tilladt",
    "not-found": "Findes ikke",
    "method-not-allowed": "Metoden er ikke tilladt",
    "illegal-transition": "Planens tilstand tillader det ikke",
    "stale-plan": "Planen er ændret i mellemtiden",
    "draft-conflict": "Kladden er ændret i et andet vindue",
    "store-busy": "Databasen er optaget",
    "unfit-database": "Databasen kan ikke bruges, som den er",
    "content-error": "Indholdet kan ikke bruges",
    "unexpected": "Der skete noget uventet",
    "noted": "Det, journalen fortalte, er noteret og læses der senere",
    "not-covered": "Ingen pakke dækker kontaktens tilstande",
}
