# The service, its worker and its commands in one image: `docker run IMAGE serve …`, `work`, `backup` …
# It runs as an ordinary user and writes to its volume, /tmp and /dev/shm only, so the rest may be
# read-only (compose.yaml). It needs EDUPLAN_TENANTS, EDUPLAN_BASE_URL and approved content.

FROM python:3.11-slim-bookworm AS build
ENV UV_PROJECT_ENVIRONMENT=/opt/education-plan \
    UV_PYTHON_DOWNLOADS=never \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /build
COPY pyproject.toml uv.lock README.md LICENSE ./
COPY content content
COPY fhir_profiles fhir_profiles
COPY service service
RUN uv sync --locked --no-dev --no-editable --extra pdf --extra postgres

FROM python:3.11-slim-bookworm
# For backups of PostgreSQL 15, the version of Debian 12 and of compose.yaml; and for handouts on
# paper what docs/operator.md lists: WeasyPrint's libraries, and the two fonts.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-open-sans fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/education-plan --create-home education-plan \
    && install --directory --owner=education-plan --mode=0700 /var/backups/education-plan
COPY --from=build /opt/education-plan /opt/education-plan
ENV PATH=/opt/education-plan/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    EDUPLAN_MODE=production \
    EDUPLAN_VAR_DIR=/var/lib/education-plan
USER 10001
WORKDIR /var/lib/education-plan
VOLUME /var/lib/education-plan
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/health/live', timeout=4)"]
ENTRYPOINT ["education-plan"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
