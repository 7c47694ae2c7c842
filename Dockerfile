# The service in production mode. It needs EDUPLAN_TENANTS, EDUPLAN_BASE_URL and approved content.

FROM python:3.11-slim AS build
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
RUN uv sync --locked --no-dev --no-editable

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/education-plan --create-home education-plan
COPY --from=build /opt/education-plan /opt/education-plan
ENV PATH=/opt/education-plan/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    EDUPLAN_MODE=production \
    EDUPLAN_VAR_DIR=/var/lib/education-plan
USER education-plan
WORKDIR /var/lib/education-plan
VOLUME /var/lib/education-plan
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/health/live', timeout=4)"]
CMD ["education-plan", "serve", "--host", "0.0.0.0", "--port", "8080"]
