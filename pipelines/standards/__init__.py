"""The standards: OCDS 1.1 with the EDCA-MX extensions and PDN v1, and what of them may be published."""
