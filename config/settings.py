"""The whole configuration, every value from the environment (or from the file ``.env`` beside manage.py).

One file for every installation: a bare checkout runs on SQLite and the built-in broker; ``DATABASE_URL`` and
``REDIS_URL`` move the same code to PostgreSQL and Redis. README.md lists the variables.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from config.keys import KEYS_FILE
from config.logs import logging_configuration

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(env.str("ENV_FILE", str(ROOT / ".env")))

#: Everything the program writes by itself: SQLite file, spool, generated keys.
INSTANCE_DIR = Path(env.str("INSTANCE_DIR", str(ROOT / "var")))
INSTANCE_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
#: Keys that `start` or `create_keys` made; a value of the environment wins.
environ.Env.read_env(str(INSTANCE_DIR / KEYS_FILE))

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "")
FERNET_KEYS = env.list("FERNET_KEYS", default=[])
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]

INSTALLED_APPS = [
    "config.admin.LlaveroAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "django_structlog",
    "config",
    "config.accounts",
    "integrations",
    "cleaning",
    "reservations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.one_address.OneAddressMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "config.policy.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cleaning.link_sessions.LinkSessionMiddleware",
    "config.accounts.middleware.LanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates", *sorted(ROOT.glob("integrations/providers/*/templates"))],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.hotel",
            ],
        },
    }
]

# --- database -------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{INSTANCE_DIR / 'llavero.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "config.database.sqlite"
    # One writer at a time: taking the write lock at BEGIN makes check-and-insert one unit and lets others wait
    # instead of failing (https://docs.djangoproject.com/en/5.2/ref/databases/#sqlite-notes).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 0.05,  # the waiting is done by config.database.sqlite
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536;"
        ),
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Opening one for every request costs a quarter of a short answer, on SQLite too.
DATABASES["default"]["CONN_MAX_AGE"] = 60

# --- work in the background -----------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", "")
CELERY_BROKER_URL = REDIS_URL or "spool://"
if not REDIS_URL:
    spool = INSTANCE_DIR / "spool"
    (spool / "messages").mkdir(parents=True, exist_ok=True)
    (spool / "control").mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # The same folder on purpose: every process both writes and reads it.
        "data_folder_in": str(spool / "messages"),
        "data_folder_out": str(spool / "messages"),
        "control_folder": str(spool / "control"),
        "polling_interval": 0.1,
    }
CELERY_TASK_DEFAULT_QUEUE = "default"
# What is on sale is told by workers of its own where there are some: no import, however long, makes it wait. A worker
# that is not told which queues to take from takes from both.
CELERY_TASK_QUEUES = [Queue("default"), Queue("offers")]
CELERY_TASK_ROUTES = {"integrations.tasks.send_offers": {"queue": "offers"}}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1 if REDIS_URL else 4
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
CELERY_BEAT_SCHEDULE_FILENAME = str(INSTANCE_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    **{
        f"heartbeat of {queue.name}": {
            "task": "config.tasks.heartbeat",
            "schedule": timedelta(seconds=30),
            "args": [queue.name],
            "options": {"expires": 25, "queue": queue.name},
        }
        for queue in CELERY_TASK_QUEUES
    },
    "sweep": {
        "task": "integrations.tasks.sweep",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 55},
    },
    "hand out": {
        "task": "integrations.tasks.sweep_often",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 4},
    },
    "extend the calendars": {
        "task": "integrations.tasks.extend_calendars",
        "schedule": crontab(hour=3, minute=40),
    },
    "extend the cleaning plan": {"task": "cleaning.tasks.extend_plans", "schedule": timedelta(minutes=30)},
    "tell who cleans": {
        "task": "cleaning.tasks.tell_people",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 55},
    },
    "forget old photos": {"task": "cleaning.tasks.forget_old_photos", "schedule": timedelta(hours=6)},
    "end conflicts that are over": {
        "task": "reservations.tasks.close_departed_conflicts",
        "schedule": timedelta(hours=6),
    },
    "forget what phones sent": {
        "task": "cleaning.tasks.forget_phone_actions",
        "schedule": timedelta(hours=24),
    },
    "forget what is old": {"task": "integrations.tasks.forget_old_rows", "schedule": timedelta(hours=6)},
}

CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        # Files, not memory: web, worker and beat are different processes and share counters and the heartbeat.
        else {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(INSTANCE_DIR / "cache"),
            "OPTIONS": {"MAX_ENTRIES": 5000},
        }
    )
}

# --- people ---------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "config.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "config.accounts.forms.LoginForm",
    "reset_password": "config.accounts.forms.ResetPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
#: Failed tries per account ("key") and per address, so that neither guessing one password nor many accounts pays.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": env.str("LOGIN_FAILURE_LIMIT", "5/5m/key,30/5m/ip"),
    "personal_link": "60/m/ip",
}
ACCOUNT_SESSION_REMEMBER = None  # the sign-in form asks
SESSION_COOKIE_AGE = 30 * 24 * 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "llavero@example.org")

# --- programs ---------------------------------------------------------------------------------------------------

#: JSON in and out for whoever is signed in here; no pages to click through.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
}

# --- language and time ----------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("es", _("Spanish")), ("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "config" / "locale", *sorted(ROOT.glob("integrations/providers/*/locale"))]
TIME_ZONE = "UTC"
USE_TZ = True

# --- files ----------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = INSTANCE_DIR / "static"
STATICFILES_DIRS = [ROOT / "config" / "static", *sorted(ROOT.glob("integrations/providers/*/static"))]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # What only our own views give out. On several machines: one folder that all of them see.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.str("PRIVATE_FILES_DIR", str(INSTANCE_DIR / "private")),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

# --- safety ---------------------------------------------------------------------------------------------------

SECURE_COOKIES = PUBLIC_BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = SECURE_COOKIES
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_COOKIES
SECURE_HSTS_PRELOAD = SECURE_COOKIES
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if env.bool("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
CSRF_FAILURE_VIEW = "config.problems.form_refused"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# --- the outside world ----------------------------------------------------------------------------------------

#: Calls into private networks are refused, except where a local sandbox is wanted.
ALLOW_PRIVATE_ADDRESSES = env.bool("ALLOW_PRIVATE_ADDRESSES", False)
WEBHOOK_MAX_BYTES = env.int("WEBHOOK_MAX_BYTES", 1_048_576)
OUTSIDE_CONNECT_SECONDS = env.float("OUTSIDE_CONNECT_SECONDS", 5)
OUTSIDE_READ_SECONDS = env.float("OUTSIDE_READ_SECONDS", 20)
OUTSIDE_TOTAL_SECONDS = env.float("OUTSIDE_TOTAL_SECONDS", 60)
OUTSIDE_MAX_BYTES = env.int("OUTSIDE_MAX_BYTES", 20_971_520)
#: How long the pauses are that providers ask for between calls, as a part of what they ask.
OUTSIDE_PACE = env.float("OUTSIDE_PACE", 1.0)

#: What is on sale is kept up to date at the other side for this many days from today.
ON_SALE_DAYS = env.int("ON_SALE_DAYS", 400)
#: Cleaning is planned this many days ahead.
CLEANING_HORIZON_DAYS = env.int("CLEANING_HORIZON_DAYS", 60)
#: Photos of rooms are kept this long; those of a finding this long after it was settled.
CLEANING_PHOTO_DAYS = env.int("CLEANING_PHOTO_DAYS", 180)

LOGGING = logging_configuration(level=env.str("LOG_LEVEL", "INFO"), plain=env.bool("LOG_PLAIN", DEBUG))
