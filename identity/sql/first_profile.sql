-- The first identifier profile, codes of chips included.
INSERT INTO identity_identifierprofile (version, content_hash, source, valid_from, definition)
VALUES (
    '1',
    'd981189e1c7d083b8297589a341863d7b01d3f38d43e0aed9887404ac900fd05',
    'Layout of this market; obligation: Action Plan for Compute Interconnection (MIIT, 2025), unified code by owner, industry, location, class and specification',
    '2026-01-01Z',
    $json${
  "check": {
    "length": 1,
    "system": "ISO 7064 MOD 37,36"
  },
  "fields": [
    {
      "kind": "literal",
      "name": "scheme",
      "value": "SP1"
    },
    {
      "kind": "uscc",
      "name": "owner",
      "length": 18
    },
    {
      "kind": "industry",
      "name": "industry",
      "length": 3
    },
    {
      "kind": "region",
      "name": "region",
      "length": 6
    },
    {
      "kind": "code",
      "name": "resource_class",
      "codes": {
        "A": "AI",
        "G": "GENERAL",
        "H": "HPC"
      }
    },
    {
      "kind": "code",
      "name": "form",
      "codes": {
        "A": "API",
        "B": "BARE_METAL",
        "C": "CONTAINER",
        "V": "VM"
      }
    },
    {
      "kind": "components",
      "name": "specification",
      "separator": ".",
      "code_length": 4,
      "components_max": 4,
      "quantity_length": 6
    },
    {
      "kind": "serial",
      "name": "serial",
      "length": 8
    }
  ],
  "source": "Layout of this market; obligation: Action Plan for Compute Interconnection (MIIT, 2025), unified code by owner, industry, location, class and specification",
  "vectors": [
    "SP1-91640500Y4CL12TH3M-I64-640500-A-B-NH1S004096-00000001-Q",
    "SP1-91350100M000100Y43-I65-510116-A-C-NA10000002.NT04000404-RACK0007-P",
    "SP1-91520100UH8NDBMWC0-I64-520100-G-V-VCPU000096-0000000Z-E"
  ],
  "version": "1",
  "separator": "-",
  "components": {
    "AM3X": [
      "AMD MI300X",
      "MI300X"
    ],
    "CM59": [
      "Cambricon MLU590",
      "MLU590"
    ],
    "HW9B": [
      "Huawei Ascend 910B",
      "Ascend 910B",
      "910B"
    ],
    "HW9C": [
      "Huawei Ascend 910C",
      "Ascend 910C",
      "910C"
    ],
    "HYK1": [
      "Hygon DCU K100",
      "K100"
    ],
    "KLP8": [
      "Kunlunxin P800",
      "P800"
    ],
    "MTS4": [
      "Moore Threads MTT S4000",
      "MTT S4000",
      "S4000"
    ],
    "N490": [
      "NVIDIA RTX 4090",
      "NVIDIA 4090",
      "RTX 4090",
      "4090"
    ],
    "NA10": [
      "NVIDIA A10",
      "A10"
    ],
    "NA14": [
      "NVIDIA A100 40GB SXM",
      "A100 40GB"
    ],
    "NA1E": [
      "NVIDIA A100 80GB SXM",
      "NVIDIA A100 80GB",
      "NVIDIA A100",
      "A100 80GB",
      "A100"
    ],
    "NA30": [
      "NVIDIA A30",
      "A30"
    ],
    "NA80": [
      "NVIDIA A800",
      "A800"
    ],
    "NB20": [
      "NVIDIA B200",
      "B200"
    ],
    "NH1P": [
      "NVIDIA H100 PCIe",
      "H100 PCIe"
    ],
    "NH1S": [
      "NVIDIA H100 SXM",
      "NVIDIA H100",
      "H100 SXM",
      "H100"
    ],
    "NH20": [
      "NVIDIA H20",
      "H20"
    ],
    "NH2X": [
      "NVIDIA H200",
      "H200"
    ],
    "NH80": [
      "NVIDIA H800",
      "H800"
    ],
    "NL04": [
      "NVIDIA L4",
      "L4"
    ],
    "NL20": [
      "NVIDIA L20",
      "L20"
    ],
    "NL40": [
      "NVIDIA L40",
      "L40"
    ],
    "NL4S": [
      "NVIDIA L40S",
      "L40S"
    ],
    "NODE": [
      "node"
    ],
    "NP10": [
      "NVIDIA P100",
      "P100"
    ],
    "NT04": [
      "NVIDIA T4",
      "T4"
    ],
    "NV16": [
      "NVIDIA V100 16GB",
      "V100M16",
      "V100 16GB"
    ],
    "NV32": [
      "NVIDIA V100 32GB",
      "V100M32",
      "V100 32GB"
    ],
    "OBG1": [
      "openb G1",
      "G1"
    ],
    "OBG2": [
      "openb G2",
      "G2"
    ],
    "OBG3": [
      "openb G3",
      "G3"
    ],
    "VCPU": [
      "vcpu"
    ]
  }
}$json$
);
