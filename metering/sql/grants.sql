-- What the application never does to these tables is not granted to it.

REVOKE DELETE ON metering_reading, metering_window FROM suanpan_app;
REVOKE UPDATE, DELETE ON metering_capacitycertificate, metering_measurementrule,
    metering_measurementruleversion, metering_meter, metering_metric, metering_usagerecord,
    metering_windowdecision FROM suanpan_app;
