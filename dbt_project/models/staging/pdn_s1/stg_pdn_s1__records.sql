{{ pdn_landed_records('pdn_s1', dialect='v2', systems={'declaraciones': 's1'}) }}
