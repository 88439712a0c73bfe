{{ pdn_landed_records(
    'pdn_v2',
    dialect='v2',
    systems={
        'servidores_intervengan_procedimientos_contrataciones': 's2',
        'faltas_administrativas_graves': 's3s',
        'faltas_administrativas_no_graves': 's3s',
        'faltas_graves_personas_fisicas': 's3p',
        'faltas_graves_personas_morales': 's3p',
    },
) }}
