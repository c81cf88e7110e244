-- The metrics and measurement rules that come with Suanpan.
INSERT INTO metering_metric (code, name, name_en, unit, kind) VALUES
    ('accelerator-time', '加速卡使用时间', 'Accelerator time', 'card-second', 'TIME'),
    ('vcpu-time', '虚拟核使用时间', 'Virtual CPU time', 'vcpu-second', 'TIME'),
    ('node-time', '节点使用时间', 'Node time', 'node-second', 'TIME'),
    ('tokens', '词元数', 'Tokens', 'token', 'COUNT');

INSERT INTO metering_measurementrule (code, name, name_en) VALUES
    ('accelerator-hours', '加速卡标准时（按小时）', 'Accelerator standard hours, hourly'),
    ('accelerator-hours-10s', '加速卡标准时（10 秒）', 'Accelerator standard hours, ten seconds'),
    ('card-hours', '卡时（按日）', 'Card hours, daily'),
    ('node-hours', '节点时（按小时）', 'Node hours, hourly'),
    ('tokens', '词元数（按小时）', 'Tokens, hourly'),
    ('vcpu-hours', '核时（按小时）', 'Virtual CPU hours, hourly');

INSERT INTO metering_measurementruleversion (id, rule_id, version, metric_id, window_seconds,
    grace_seconds, content_hash, source, valid_from, published_at, definition)
VALUES (
    uuidv7(), 'accelerator-hours', 1, 'accelerator-time', 3600,
    300, 'fcff010f4f805eb538fce6f2098407a727ae5d19096311bf8dde9557d0ae4874',
    'Standard hour: one hour of 312 TFLOPS dense FP16 on the tensor path, the nameplate of one A100 80GB. Chips whose published figures disagree (Ascend 910B, MI300X), lack the dense FP16 tensor line (L40) or a source that could be found (L40S) have no factor here.',
    '2023-01-01Z', now(),
    $json${
  "metric": "accelerator-time",
  "factors": [
    {
      "also": [
        "A100",
        "NVIDIA A100",
        "A100 80GB",
        "NVIDIA A100 80GB"
      ],
      "chip": "NVIDIA A100 80GB SXM",
      "factor": "1.000000",
      "source": "Published nameplate table, jishuzhan.net article 1872432607539499010; calculon a100_80g.json",
      "tflops": "312"
    },
    {
      "also": [
        "H100",
        "NVIDIA H100",
        "H100 SXM"
      ],
      "chip": "NVIDIA H100 SXM",
      "factor": "3.169872",
      "source": "Dense FP16 figure as in mikasenghaas (gist) and half of the sparse figure of jishuzhan.net",
      "tflops": "989"
    },
    {
      "also": [
        "H20"
      ],
      "chip": "NVIDIA H20",
      "factor": "0.474359",
      "source": "Published nameplate, zangshuxian.com/new/674733024499207168",
      "tflops": "148"
    },
    {
      "also": [
        "RTX 4090"
      ],
      "chip": "NVIDIA RTX 4090",
      "factor": "0.529327",
      "source": "Published nameplate, waredb.com and fpsbench.com",
      "tflops": "165.15"
    }
  ],
  "standard": true,
  "aggregate": "SUM",
  "grace_seconds": 300,
  "window_seconds": 3600,
  "accepts_certificates": true
}$json$
);

INSERT INTO metering_measurementruleversion (id, rule_id, version, metric_id, window_seconds,
    grace_seconds, content_hash, source, valid_from, published_at, definition)
VALUES (
    uuidv7(), 'accelerator-hours-10s', 1, 'accelerator-time', 10,
    2, 'e009570798ab16fde6f3ad330de6a6ddf3d8d81fb69f12561b54ea58b4c4e341',
    'Standard hour: one hour of 312 TFLOPS dense FP16 on the tensor path, the nameplate of one A100 80GB. Chips whose published figures disagree (Ascend 910B, MI300X), lack the dense FP16 tensor line (L40) or a source that could be found (L40S) have no factor here.',
    '2023-01-01Z', now(),
    $json${
  "metric": "accelerator-time",
  "factors": [
    {
      "also": [
        "A100",
        "NVIDIA A100",
        "A100 80GB",
        "NVIDIA A100 80GB"
      ],
      "chip": "NVIDIA A100 80GB SXM",
      "factor": "1.000000",
      "source": "Published nameplate table, jishuzhan.net article 1872432607539499010; calculon a100_80g.json",
      "tflops": "312"
    },
    {
      "also": [
        "H100",
        "NVIDIA H100",
        "H100 SXM"
      ],
      "chip": "NVIDIA H100 SXM",
      "factor": "3.169872",
      "source": "Dense FP16 figure as in mikasenghaas (gist) and half of the sparse figure of jishuzhan.net",
      "tflops": "989"
    },
    {
      "also": [
        "H20"
      ],
      "chip": "NVIDIA H20",
      "factor": "0.474359",
      "source": "Published nameplate, zangshuxian.com/new/674733024499207168",
      "tflops": "148"
    },
    {
      "also": [
        "RTX 4090"
      ],
      "chip": "NVIDIA RTX 4090",
      "factor": "0.529327",
      "source": "Published nameplate, waredb.com and fpsbench.com",
      "tflops": "165.15"
    }
  ],
  "standard": true,
  "aggregate": "SUM",
  "grace_seconds": 2,
  "window_seconds": 10,
  "accepts_certificates": true
}$json$
);

INSERT INTO metering_measurementruleversion (id, rule_id, version, metric_id, window_seconds,
    grace_seconds, content_hash, source, valid_from, published_at, definition)
VALUES (
    uuidv7(), 'card-hours', 1, 'accelerator-time', 86400,
    300, '6339d5b7166d1a53ffc24c537608a106d8d6775d92e846e235f8270f0e4083be',
    'Cards whose model is undisclosed or has no published figure are counted as card-hours and never converted.',
    '2023-01-01Z', now(),
    $json${
  "metric": "accelerator-time",
  "factors": [],
  "standard": false,
  "aggregate": "SUM",
  "grace_seconds": 300,
  "window_seconds": 86400,
  "accepts_certificates": false
}$json$
);

INSERT INTO metering_measurementruleversion (id, rule_id, version, metric_id, window_seconds,
    grace_seconds, content_hash, source, valid_from, published_at, definition)
VALUES (
    uuidv7(), 'node-hours', 1, 'node-time', 3600,
    300, '1b8a26412a11cd33fc2c6fd27b0259356086b31b396fdd3a56a56e6577bdbba7',
    'Nodes are counted as they are; a capacity certificate states what one delivers.',
    '2023-01-01Z', now(),
    $json${
  "metric": "node-time",
  "factors": [],
  "standard": false,
  "aggregate": "SUM",
  "grace_seconds": 300,
  "window_seconds": 3600,
  "accepts_certificates": false
}$json$
);

INSERT INTO metering_measurementruleversion (id, rule_id, version, metric_id, window_seconds,
    grace_seconds, content_hash, source, valid_from, published_at, definition)
VALUES (
    uuidv7(), 'tokens', 1, 'tokens', 3600,
    300, '78dce71908b8d417bb6091ba7d1b7220ddfbfdeaa22d9d188bbde85019f98c11',
    'Context and generated tokens, added as the request log states them.',
    '2023-01-01Z', now(),
    $json${
  "metric": "tokens",
  "factors": [],
  "standard": false,
  "aggregate": "SUM",
  "grace_seconds": 300,
  "window_seconds": 3600,
  "accepts_certificates": false
}$json$
);

INSERT INTO metering_measurementruleversion (id, rule_id, version, metric_id, window_seconds,
    grace_seconds, content_hash, source, valid_from, published_at, definition)
VALUES (
    uuidv7(), 'vcpu-hours', 1, 'vcpu-time', 3600,
    300, '1a9e59e472700b51775962e38873888544386c1bdb5e3166e0a22645821def69',
    'No published figure relates virtual CPUs to the standard hour; counted as they are.',
    '2023-01-01Z', now(),
    $json${
  "metric": "vcpu-time",
  "factors": [],
  "standard": false,
  "aggregate": "SUM",
  "grace_seconds": 300,
  "window_seconds": 3600,
  "accepts_certificates": false
}$json$
);

-- No check may wait any more when the next statements alter the tables.
SET CONSTRAINTS ALL IMMEDIATE;
