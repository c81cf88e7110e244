"""In which zone and theme people read, and the browsers in which they are signed in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.rls import protect
from common.sql_files import bounded, script

IS_SIGN_IN = "(SELECT suanpan_is_sign_in())"


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_walls"), ("sessions", "0001_initial")]

    operations = bounded(
        [
            migrations.AddField(
                model_name="user",
                name="theme",
                field=models.CharField(
                    blank=True,
                    choices=[("light", "Light"), ("dark", "Dark")],
                    db_default="",
                    default="",
                    help_text="empty: as the person's system is",
                    max_length=6,
                ),
            ),
            migrations.AddField(
                model_name="user",
                name="zone",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="in which the person reads times; empty: the market's",
                    max_length=40,
                ),
            ),
            migrations.CreateModel(
                name="SignedInDevice",
                fields=[
                    (
                        "session_key",
                        models.CharField(
                            help_text="as it is stored",
                            max_length=40,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "place",
                        models.CharField(
                            help_text="the network it comes from, not the address", max_length=50
                        ),
                    ),
                    (
                        "agent",
                        models.CharField(
                            blank=True, help_text="what the browser calls itself", max_length=200
                        ),
                    ),
                    ("signed_in_at", models.DateTimeField()),
                    ("last_used_at", models.DateTimeField()),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("last_used_at__gte", models.F("signed_in_at"))),
                            name="device_used_after_sign_in",
                        )
                    ],
                },
            ),
            script("identity", "devices.sql", reverse="devices_gone.sql"),
            protect("identity_signedindevice", visible=IS_SIGN_IN),
        ]
    )
