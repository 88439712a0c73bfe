{{ pdn_landed_records(
    'pdn_v1',
    dialect='v1',
    systems={'spic': 's2', 'ssancionados': 's3s', 'psancionados': 's3p'},
) }}
