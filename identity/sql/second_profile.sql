-- The second identifier profile, of codes that nodes allot; the first stays in use.
SELECT set_config('suanpan.tenant', '*', true);
INSERT INTO identity_identifierprofile (version, content_hash, source, valid_from, definition)
VALUES (
    '2',
    'ee81ea1cff6f3afbb26f843511019768a8928a5dc7216d0396f4701125e482e6',
    'Layout of this market for codes that nodes allot; obligation: Action Plan for Compute Interconnection (MIIT, 2025), allocation by levels',
    '2026-11-01Z',
    $json${
  "version": "2",
  "scheme": "SP2",
  "recognise": "^SP2-",
  "source": "Layout of this market for codes that nodes allot; obligation: Action Plan for Compute Interconnection (MIIT, 2025), allocation by levels",
  "separator": "-",
  "check": {
    "system": "ISO 7064 MOD 37,36",
    "length": 1
  },
  "fields": [
    {
      "name": "scheme",
      "kind": "literal",
      "value": "SP2"
    },
    {
      "name": "node",
      "kind": "node",
      "length": 6
    },
    {
      "name": "owner",
      "kind": "owner",
      "length": 4
    },
    {
      "name": "pool",
      "kind": "pool",
      "length": 4
    },
    {
      "name": "resource_class",
      "kind": "code",
      "codes": {
        "G": "GENERAL",
        "A": "AI",
        "H": "HPC"
      }
    },
    {
      "name": "form",
      "kind": "code",
      "codes": {
        "B": "BARE_METAL",
        "V": "VM",
        "C": "CONTAINER",
        "A": "API"
      }
    },
    {
      "name": "serial",
      "kind": "serial",
      "length": 8
    }
  ],
  "routing": [
    "node",
    "owner",
    "pool"
  ],
  "serials_within": "pool",
  "attributes": {
    "owner": "code",
    "industry": "record",
    "region": "record",
    "resource_class": "code",
    "form": "code",
    "specification": "record"
  },
  "components_of": "1",
  "vectors": [
    "SP2-R31000-0A7K-0003-A-B-00000001-0",
    "SP2-R52000-000C-0001-G-V-0000002Z-N",
    "SP2-I65001-0001-0001-A-A-0000000A-Y"
  ]
}$json$
);
INSERT INTO identity_profileuse (profile_id, from_at) VALUES ('1', '2026-01-01Z');
