# The server by itself, with its models: no TensorFlow, no tests.  docs/operating.md tells how to run it.
#
#   docker build --tag raut .
#   docker run --rm --network host raut              on this machine: http://localhost:5000
#   docker run --rm --network host raut --lan        shared on the local network
ARG PYTHON=3.12-slim-bookworm

# The browser's libraries, and what bundles them.
FROM node:22-bookworm-slim AS libraries
WORKDIR /raut
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

# The Python packages, each file checked by its hash; and the pages' scripts, bundled.
FROM python:${PYTHON} AS build
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY deploy/docker/requirements.lock /tmp/
RUN pip install --no-cache-dir --no-deps --require-hashes --requirement /tmp/requirements.lock
WORKDIR /raut
COPY pyproject.toml package-lock.json ./
COPY bundling/ bundling/
COPY cli/ cli/
COPY launcher/ launcher/
COPY measuring/ measuring/
COPY models/ models/
COPY static/ static/
COPY templates/ templates/
COPY translations/ translations/
COPY vision/ vision/
COPY webapp/ webapp/
COPY --from=libraries /raut/node_modules/ node_modules/
RUN python -c "from launcher.page_bundle import make; make()" && python -m compileall -q .

FROM python:${PYTHON}
RUN useradd --uid 10001 --create-home raut && install -d -o raut -g raut -m 0700 /data
COPY --from=build /venv/ /venv/
COPY --from=build /raut/ /raut/
WORKDIR /raut
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 RAUT_DATA_DIR=/data RAUT_LOG=json
USER 10001:10001
# Certificates and tokens of --lan; nothing else is ever written.
VOLUME /data
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-m", "webapp.healthcheck"]
ENTRYPOINT ["python", "-m", "webapp"]
