"""
Every setting, read once from the environment; docs/settings.md explains each.

A process that lacks a secret stops here and names it. Nothing else reads the environment.
"""

import ipaddress
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from kombu import Exchange, Queue

from common import networks
from config import openapi, sweepers
from config.environment import BASE_DIR, STATE_DIR, env
from config.nodes import *  # noqa: F403 - which node this is, in a file of its own
from config.trading import *  # noqa: F403 - what the market's rooms ask for, in a file of its own

METRICS_TOKEN_LENGTH_MIN: Final = 20

# --- The process ---------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# The one-machine default is served over plain HTTP on loopback; everything else over TLS.
TLS = env.bool("SUANPAN_TLS", default=True)
# The address that letters name. No request has a say in it: its Host header may be anybody's.
_first_host = ALLOWED_HOSTS[0].lstrip(".") if ALLOWED_HOSTS else ""
PUBLIC_URL = env.str(
    "SUANPAN_PUBLIC_URL", default=f"{'https' if TLS else 'http'}://{_first_host}"
).rstrip("/")
if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+", PUBLIC_URL):
    message = "SUANPAN_PUBLIC_URL must be the market's own address, such as https://market.example"
    raise ImproperlyConfigured(message)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_cotton",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "rest_framework",
    "common",
    "identity",
    "identity.events",
    "identity.files",
    "identity.forms",
    "identity.certifying",
    "identity.webhooks",
    "identity.lists",
    "identity.projects",
    "identity.notices",
    "identity.approvals",
    "identity.privacy",
    "identity.onboarding",
    "identity.appeals",
    "identity.entry",
    "identity.rights",
    "identity.particulars",
    "ledger",
    "metering",
    "metering.verifying",
    "metering.senders",
    "metering.energy",
    "metering.statistics",
    "pricing",
    "gateway",
    "gateway.witness",
    "gateway.sensing",
    "gateway.peering",
    "gateway.changes",
    "gateway.standards",
    "marketplace.catalog",
    "marketplace.vouchers",
    "marketplace.budgets",
    "marketplace.orders",
    "marketplace.demands",
    "marketplace.rounds",
    "marketplace.fulfilment",
    "marketplace.drivers",
    "marketplace.settlement",
    "marketplace.payments",
    "marketplace.payouts",
    "marketplace.claims",
    "marketplace.statements",
    "marketplace.audit",
    "marketplace.assurance",
    "marketplace.baselines",
    "marketplace.bulletin",
    "marketplace.calculator",
    "marketplace.policy",
    "marketplace.importing",
    "marketplace.portal",
    "marketplace.demo",
    "config.pulse",
    "config.watch",
    "config",
]

MIDDLEWARE = [
    "config.watch.middleware.FiguresMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.edge.EdgeMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.compression.PageCompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.turns.TurnMiddleware",
    "config.showing_again.ShowAgainMiddleware",
    "marketplace.portal.access.RefusalMiddleware",
    # The transaction that it opens, bound to one tenant, holds little but the view.
    "identity.middleware.ActorMiddleware",
    "config.suspended.SuspendedMiddleware",
    # Within that transaction: who opened what of others is kept with the answer.
    "config.seeing.SeeingMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "marketplace.portal.shell.frame",
            ],
        },
    },
]

# --- PostgreSQL ----------------------------------------------------------------------------
# Two roles: the application's owns nothing and is bound by row-level security; the owner's runs
# migrations and nothing else.
_pool_size = env.int("DATABASE_POOL_SIZE", default=0)


def _database(url_name: str) -> dict[str, Any]:
    """Return one connection's settings, with the timeouts that keep a slow part from spreading."""
    database: dict[str, Any] = env.db_url(url_name)
    if database["ENGINE"] != "django.db.backends.postgresql":
        message = f"{url_name} must be a postgresql:// address; Suanpan runs on PostgreSQL only."
        raise ImproperlyConfigured(message)
    database.setdefault("OPTIONS", {})
    database["OPTIONS"] |= {
        "connect_timeout": 5,
        "application_name": "suanpan",
        # None: poolers that share a session between transactions lose prepared statements.
        "prepare_threshold": 5 if env.bool("DATABASE_PREPARED_STATEMENTS", default=True) else None,
        "options": (
            f"-c statement_timeout={env.int('DATABASE_STATEMENT_TIMEOUT_MS', default=30_000)}"
            f" -c lock_timeout={env.int('DATABASE_LOCK_TIMEOUT_MS', default=10_000)}"
            " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
        ),
    }
    return database


DATABASES = {"default": _database("DATABASE_URL")}
DATABASES["default"]["ATOMIC_REQUESTS"] = True
if _pool_size:
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": _pool_size,
        "timeout": 5,
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONNECTION_SECONDS", default=600)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if "DATABASE_OWNER_URL" in env.ENVIRON:
    DATABASES["owner"] = _database("DATABASE_OWNER_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Celery --------------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost//")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Celery would open a connection for each task; ours are kept and tried as the web's are.
CELERY_DB_REUSE_MAX = 10_000
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TASK_DEFAULT_QUEUE = sweepers.RINGS
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# Nothing is due because beat remembers it: it keeps no file, and two beats do no harm.
CELERY_BEAT_SCHEDULER = "config.beat:Scheduler"
CELERY_BEAT_SCHEDULE = sweepers.schedule()
if CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT = "config.transport:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(STATE_DIR / "queue"),
        "data_folder_out": str(STATE_DIR / "queue"),
        "control_folder": str(STATE_DIR / "queue-control"),
        "polling_interval": 0.1,
    }
    # Replies to remote control would pile up as files that nobody reads.
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
    _queue_arguments = {}
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}
    CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"
    CELERY_TASK_DEFAULT_EXCHANGE_TYPE = "topic"
    _queue_arguments = {"x-queue-type": "quorum"}
    CELERY_BROKER_NATIVE_DELAYED_DELIVERY_QUEUE_TYPE = "quorum"
    CELERY_WORKER_DETECT_QUORUM_QUEUES = True

CELERY_TASK_QUEUES = [
    Queue(name, Exchange(name, type="topic"), routing_key=name, queue_arguments=_queue_arguments)
    for name in (CELERY_TASK_DEFAULT_QUEUE, sweepers.QUEUE)
]

# --- People --------------------------------------------------------------------------------
AUTH_USER_MODEL = "identity.User"
SESSION_ENGINE = "identity.sessions"
# One backend alone: each wrong password costs one hash, for known and unknown addresses alike.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SUANPAN_SIGN_UP_OPEN = env.bool("SUANPAN_SIGN_UP_OPEN", default=False)
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Whoever is invited proves the address by the letter; strangers prove it before they come in.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if SUANPAN_SIGN_UP_OPEN else "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "identity.adapters.AccountAdapter"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# Counted before a password is hashed: from one address, for one account at one address; and, for
# an account from wherever strangers try it, slowly.
ACCOUNT_RATE_LIMITS = {
    "login": env.str("SUANPAN_LOGIN_RATE", default="30/m/ip"),
    "login_failed": env.str("SUANPAN_LOGIN_FAILED_RATE", default="10/m/ip,5/5m/key"),
    "login_failed_account": env.str("SUANPAN_LOGIN_ACCOUNT_RATE", default="100/h/key"),
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("SUANPAN_TRUSTED_PROXIES", default=0)
MFA_ADAPTER = "identity.adapters.MfaAdapter"
# Letters to an account leave an address unverified beside it; a factor does not wait for that.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Suanpan"
# Auditors, operators, issuers and finance act only after a second factor is set up.
SUANPAN_MFA_REQUIRED = env.bool("SUANPAN_MFA_REQUIRED", default=True)
# How long after showing who they are people move money, give roles and make secrets; 0: for ever.
SUANPAN_REAUTHENTICATION_SECONDS = env.int("SUANPAN_REAUTHENTICATION_SECONDS", default=1800)
# How long the reply to a request with an Idempotency-Key is given again.
IDENTITY_REPLY_DAYS = env.int("IDENTITY_REPLY_DAYS", default=30)
# From what share on a shareholding makes two organisations related.
IDENTITY_RELATED_SHARE = Decimal(env.str("IDENTITY_RELATED_SHARE", default="0.25"))
if not 0 < IDENTITY_RELATED_SHARE <= 1:
    message = "IDENTITY_RELATED_SHARE is above 0 and at most 1"
    raise ImproperlyConfigured(message)
# How long an answer of the identifier resolver may be kept.
IDENTITY_RESOLUTION_TTL_SECONDS = env.int("IDENTITY_RESOLUTION_TTL_SECONDS", default=60)

# --- Cache, mail ----------------------------------------------------------------------------
# The cache holds the counters of rate limits and nothing that must last.
CACHES: dict[str, Any] = {
    "default": env.cache_url("CACHE_URL")
    if "CACHE_URL" in env.ENVIRON
    else {"BACKEND": "common.file_cache.SharedFileCache", "LOCATION": str(STATE_DIR / "cache")}
}
# Without a mail server, letters are written to files.
vars().update(env.email_url("EMAIL_URL", default=f"filemail:///{STATE_DIR / 'mail'}"))
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="suanpan@localhost")

# --- Browser security ----------------------------------------------------------------------
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_COOKIE_SECURE = TLS
CSRF_COOKIE_SECURE = TLS
SECURE_SSL_REDIRECT = TLS
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SECURE_HSTS_PRELOAD = TLS
SECURE_REDIRECT_EXEMPT = ["^livez$", "^healthz$", "^readyz$", "^metrics$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("SUANPAN_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Languages, formats, time ----------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True
TIME_ZONE = "UTC"
DISPLAY_TIME_ZONE = env.str("SUANPAN_DISPLAY_TIME_ZONE", default="Asia/Shanghai")
if DISPLAY_TIME_ZONE not in available_timezones():
    message = f"SUANPAN_DISPLAY_TIME_ZONE names no time zone: {DISPLAY_TIME_ZONE!r}"
    raise ImproperlyConfigured(message)

# --- Requests to other servers -----------------------------------------------------------------
# Networks that such requests may reach though they are not public, or speak no TLS: none.
try:
    OUTBOUND_ALLOWED = tuple(
        networks.read_allowed(entry) for entry in env.list("OUTBOUND_ALLOWED", default=[])
    )
except ValueError as error:
    message = f"OUTBOUND_ALLOWED: {error}"
    raise ImproperlyConfigured(message) from error
# Where drivers of visitors may listen while the market is shown on loopback; never elsewhere.
DEMO_DRIVERS = env.list("SUANPAN_DEMO_DRIVERS", default=[])
for entry in DEMO_DRIVERS:
    if TLS or not networks.is_loopback_port(entry):
        message = "SUANPAN_DEMO_DRIVERS: ports of loopback, such as 127.0.0.1:8950, without TLS"
        raise ImproperlyConfigured(message)
OUTBOUND_ALLOWED += tuple(networks.read_allowed(entry) for entry in DEMO_DRIVERS)
# Authorities of the operator's own, beside the public ones.
OUTBOUND_CA_FILE = env.str("OUTBOUND_CA_FILE", default="")
if OUTBOUND_CA_FILE and not Path(OUTBOUND_CA_FILE).is_file():
    message = f"OUTBOUND_CA_FILE names no file: {OUTBOUND_CA_FILE!r}"
    raise ImproperlyConfigured(message)

# --- Webhooks ------------------------------------------------------------------------------
WEBHOOKS_ENDPOINTS_MAX = env.int("WEBHOOKS_ENDPOINTS_MAX", default=10)
# Deliveries that wait for one endpoint; one with more is disabled, and can be told again later.
WEBHOOKS_WAITING_MAX = env.int("WEBHOOKS_WAITING_MAX", default=100_000)
WEBHOOKS_FAILING_DAYS_MAX = env.int("WEBHOOKS_FAILING_DAYS_MAX", default=5)
WEBHOOKS_DELIVERY_DAYS = env.int("WEBHOOKS_DELIVERY_DAYS", default=30)
WEBHOOKS_SECRET_OVERLAP_HOURS = env.int("WEBHOOKS_SECRET_OVERLAP_HOURS", default=24)
# The longest request; who is killed with one in hand is waited for four times as long.
WEBHOOKS_REQUEST_SECONDS = env.int("WEBHOOKS_REQUEST_SECONDS", default=15)
# Requests of one worker's run at once, those of one endpoint among them, and runs at once.
WEBHOOKS_TOGETHER = env.int("WEBHOOKS_TOGETHER", default=16)
WEBHOOKS_ENDPOINT_TOGETHER = env.int("WEBHOOKS_ENDPOINT_TOGETHER", default=4)
WEBHOOKS_RUNS_MAX = env.int("WEBHOOKS_RUNS_MAX", default=1)

# --- Portal --------------------------------------------------------------------------------
CSRF_FAILURE_VIEW = "marketplace.portal.views.errors.csrf_failure"
# Accounts that the sign-in page of the one-machine demo offers: "ROLE=email:password".
PORTAL_DEMO_ACCOUNTS = [
    dict(zip(("role", "email", "password"), re.split("[=:]", account, maxsplit=2), strict=True))
    for account in env.list("SUANPAN_DEMO_ACCOUNTS", default=[])
]

# --- Files ---------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("SUANPAN_STATIC_ROOT", default=str(STATE_DIR / "static")))
MEDIA_ROOT = Path(env.str("SUANPAN_FILES_DIR", default=str(STATE_DIR / "files")))
# Files of organisations: outside of everything that is served. Web and workers share it.
FILES_DIR = Path(env.str("FILES_DIR", default=str(MEDIA_ROOT / "organizations")))
FILES_BYTES_MAX = env.int("FILES_BYTES_MAX", default=8 * 1024 * 1024)
FILES_ORGANIZATION_BYTES_MAX = env.int("FILES_ORGANIZATION_BYTES_MAX", default=1024**3)
FILES_ORGANIZATION_FILES_MAX = env.int("FILES_ORGANIZATION_FILES_MAX", default=10_000)
# Hashed, compressed copies made by `collectstatic`; the source tree in development and tests.
STATIC_COLLECTED = env.bool("SUANPAN_STATIC_COLLECTED", default=not DEBUG)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "marketplace.portal.styles.Storage"
        if STATIC_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
WHITENOISE_AUTOREFRESH = not STATIC_COLLECTED
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("SUANPAN_REQUEST_BYTES_MAX", default=8 * 1024 * 1024)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000  # A plan in rows of fields has 3,400 at most.

# --- API -----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "identity.http.authentication.ApiKeyAuthentication",
        "identity.http.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["identity.http.permissions.HasRole"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_RENDERER_CLASSES": ["identity.http.bodies.ApiRenderer"],
    "DEFAULT_PARSER_CLASSES": ["identity.http.bodies.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "identity.http.bodies.Negotiation",
    "DEFAULT_PAGINATION_CLASS": "identity.http.pages.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "identity.http.openapi.MarketSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "identity.http.problems.problem_handler",
    "COERCE_DECIMAL_TO_STRING": True,
}
# How many requests a caller may make; empty is without a limit. All processes count together.
API_RATE_KEY = env.str("API_RATE_KEY", default="12000/m")
API_RATE_ORGANIZATION = env.str("API_RATE_ORGANIZATION", default="60000/m")
API_RATE_PERSON = env.str("API_RATE_PERSON", default="6000/m")
API_RATE_ADDRESS = env.str("API_RATE_ADDRESS", default="6000/m")
# Requests for what is not there (401, 404): whoever makes many of them is guessing.
API_RATE_MISSES = env.str("API_RATE_MISSES", default="300/m")
# How many pages an address may read without signing in, and how often strangers may ask for access.
PUBLIC_RATE_ADDRESS = env.str("PUBLIC_RATE_ADDRESS", default="600/m")
ACCESS_REQUESTS_ADDRESS = env.str("ACCESS_REQUESTS_ADDRESS", default="5/24h")
ACCESS_REQUESTS_ALL = env.str("ACCESS_REQUESTS_ALL", default="200/24h")
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_FORMATTER_CLASS": "identity.http.problems.ProblemFormatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
}
SPECTACULAR_SETTINGS = openapi.SETTINGS

# --- Metering ------------------------------------------------------------------------------
METERING_BATCH_EVENTS_MAX = env.int("METERING_BATCH_EVENTS_MAX", default=10_000)
METERING_BATCH_BYTES_MAX = env.int("METERING_BATCH_BYTES_MAX", default=8 * 1024 * 1024)
METERING_CLOCK_SKEW_SECONDS_MAX = env.int("METERING_CLOCK_SKEW_SECONDS_MAX", default=300)
METERING_READING_AGE_DAYS_MAX = env.int("METERING_READING_AGE_DAYS_MAX", default=92)
METERING_CLOSING_BATCH_MAX = env.int("METERING_CLOSING_BATCH_MAX", default=1_000)
METERING_CHALLENGE_DAYS_MEAN = env.int("METERING_CHALLENGE_DAYS_MEAN", default=7)
METERING_CHALLENGE_ANSWER_SECONDS = env.int("METERING_CHALLENGE_ANSWER_SECONDS", default=1_800)
METERING_CROSS_CHECK_AFTER_DAYS = env.int("METERING_CROSS_CHECK_AFTER_DAYS", default=2)
METERING_SENDERS_BYTES_MAX = env.int("METERING_SENDERS_BYTES_MAX", default=4 * 1024 * 1024)
METERING_SENDERS_SAMPLES_MAX = env.int("METERING_SENDERS_SAMPLES_MAX", default=50_000)
METERING_SENDERS_SERIES_MAX = env.int("METERING_SENDERS_SERIES_MAX", default=50_000)
METERING_SENDERS_TELL_UNMAPPED = env.int("METERING_SENDERS_TELL_UNMAPPED", default=20)

# --- Ledger --------------------------------------------------------------------------------
# The name that checkpoints carry; auditors know the log by it, so it never changes.
LEDGER_ORIGIN = env.str("LEDGER_ORIGIN", default="suanpan.example/ledger")
LEDGER_KEYS_FILE = env.str("LEDGER_KEYS_FILE", default=str(STATE_DIR / "keys" / "ledger-keys"))
LEDGER_MONTHS_AHEAD = env.int("LEDGER_MONTHS_AHEAD", default=6)
# Notices: the hour of the day of digests, how often something is called to mind, how long kept.
NOTICES_DIGEST_HOUR = env.int("NOTICES_DIGEST_HOUR", default=8)
NOTICES_REMINDER_HOURS = env.int("NOTICES_REMINDER_HOURS", default=24)
NOTICES_KEPT_DAYS = env.int("NOTICES_KEPT_DAYS", default=400)
if not (0 <= NOTICES_DIGEST_HOUR < 24 and NOTICES_REMINDER_HOURS > 0 and NOTICES_KEPT_DAYS > 0):
    message = "NOTICES_DIGEST_HOUR is an hour from 0 to 23; the other NOTICES_* are positive"
    raise ImproperlyConfigured(message)
EVENTS_MONTHS_AHEAD = env.int("EVENTS_MONTHS_AHEAD", default=6)

# --- Approvals -----------------------------------------------------------------------------
APPROVALS_EXPIRY_DAYS = env.int("APPROVALS_EXPIRY_DAYS", default=14)
APPROVALS_WAITING_MAX = env.int("APPROVALS_WAITING_MAX", default=500)

# --- Watching over the services ----------------------------------------------------------------
# After so long without a word, a service or a ring counts as lost.
SUANPAN_SILENCE_SECONDS_MAX = env.int("SUANPAN_SILENCE_SECONDS_MAX", default=60)
# Clocks that differ by more stop the sweepers.
SUANPAN_CLOCK_SKEW_SECONDS_MAX = env.int("SUANPAN_CLOCK_SKEW_SECONDS_MAX", default=60)
# Who may read `/metrics`, and the figures of `/readyz`: a token, or addresses and networks.
SUANPAN_METRICS_TOKEN = env.str("SUANPAN_METRICS_TOKEN", default="")
if SUANPAN_METRICS_TOKEN and len(SUANPAN_METRICS_TOKEN) < METRICS_TOKEN_LENGTH_MIN:
    message = f"SUANPAN_METRICS_TOKEN has at least {METRICS_TOKEN_LENGTH_MIN} characters"
    raise ImproperlyConfigured(message)
try:
    SUANPAN_METRICS_NETWORKS = [
        ipaddress.ip_network(network)
        for network in env.list("SUANPAN_METRICS_ADDRESSES", default=["127.0.0.0/8", "::1"])
    ]
except ValueError as error:
    message = f"SUANPAN_METRICS_ADDRESSES names addresses and networks: {error}"
    raise ImproperlyConfigured(message) from error
# Where the processes of a host count together.
SUANPAN_METRICS_DIR = Path(env.str("SUANPAN_METRICS_DIR", default=str(STATE_DIR / "metrics")))
# Send traces by OpenTelemetry; needs the extra `tracing` and the OTEL_… variables.
SUANPAN_TRACING = env.bool("SUANPAN_TRACING", default=False)
# Where worker and beat tell their figures, as host:port; only where no web runs beside them.
SUANPAN_METRICS_LISTEN = env.str("SUANPAN_METRICS_LISTEN", default="")
if SUANPAN_METRICS_LISTEN and not re.fullmatch(r"\S+:[0-9]{1,5}", SUANPAN_METRICS_LISTEN):
    message = "SUANPAN_METRICS_LISTEN is written host:port"
    raise ImproperlyConfigured(message)

# --- Logs ----------------------------------------------------------------------------------
# Formats without secrets, personal data, local variables and the messages of exceptions.
LOGGING_CONFIG = "config.logs.configure"
# Lines of JSON, text for people; `auto` is text at a terminal and JSON everywhere else.
LOG_FORMAT = env.str("LOG_FORMAT", default="auto")
if LOG_FORMAT not in {"auto", "json", "text"}:
    message = "LOG_FORMAT is auto, json or text"
    raise ImproperlyConfigured(message)
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "config.logs.Formatter", "form": LOG_FORMAT}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "loggers": {
        # Statements carry what people typed.
        "django.db.backends": {"level": "INFO"},
        # What becomes of rings and tasks is told once, by their dotted names.
        "celery.app.trace": {"level": "CRITICAL"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
}

SILENCED_SYSTEM_CHECKS: list[str] = []
SITE_NAME = _("Suanpan compute market")
# What the law wants at the foot of a public site: the number of the ICP record, and that of the
# public security record (公安备案). Empty: none is shown.
SITE_ICP_NUMBER = env.str("SITE_ICP_NUMBER", default="")
SITE_POLICE_NUMBER = env.str("SITE_POLICE_NUMBER", default="")
# A base map that a deployment may lay under the schematic of the hubs: a picture of 880 × 500, and
# the review number (审图号) of that map, which is shown with it. Without the number there is none.
SITE_BASE_MAP = env.str("SITE_BASE_MAP", default="")
SITE_BASE_MAP_REVIEW = env.str("SITE_BASE_MAP_REVIEW", default="")
# Where a deployment keeps its own terms.LANGUAGE.txt and privacy.LANGUAGE.txt.
SITE_LEGAL_DIR = env.str("SITE_LEGAL_DIR", default="")

# --- Audit -----------------------------------------------------------------------------------
# Web and workers share this directory: a worker writes a bundle, the web process hands it out.
AUDIT_EXPORT_DIR = Path(env.str("AUDIT_EXPORT_DIR", default=str(MEDIA_ROOT / "exports")))
AUDIT_EXPORT_DAYS = env.int("AUDIT_EXPORT_DAYS", default=7)
AUDIT_EXPORTS_WAITING_MAX = env.int("AUDIT_EXPORTS_WAITING_MAX", default=5)
AUDIT_EXPORT_PERIOD_DAYS_MAX = env.int("AUDIT_EXPORT_PERIOD_DAYS_MAX", default=3_660)

# Runs of the policy workbench.
POLICY_RUN_DIR = Path(env.str("POLICY_RUN_DIR", default=str(MEDIA_ROOT / "policy")))
POLICY_RUN_DAYS = env.int("POLICY_RUN_DAYS", default=90)
POLICY_RUNS_WAITING_MAX = env.int("POLICY_RUNS_WAITING_MAX", default=5)
POLICY_RUN_APPLICATIONS_MAX = env.int("POLICY_RUN_APPLICATIONS_MAX", default=200_000)
POLICY_RUN_CHARGES_MAX = env.int("POLICY_RUN_CHARGES_MAX", default=3_000_000)
# A larger ledger is not put into bundles; `manage.py export_ledger` writes it by itself.
AUDIT_LEDGER_PACK_ENTRIES_MAX = env.int("AUDIT_LEDGER_PACK_ENTRIES_MAX", default=200_000)
