DROP TABLE ledger_replay_finding, ledger_replay_sum, ledger_replay;
