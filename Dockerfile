# One image for everything: by itself it runs the whole service with an embedded Redis and its data in /data;
# with REDIS_URL and SECRET_KEY set, one line of the Procfile per container works too.
#
#   docker build -t from-likes-to-clicks .
#   docker run -p 8000:8000 -v clicks:/data -e BASE_URL=https://go.example from-likes-to-clicks

FROM python:3.13-slim AS build
WORKDIR /app
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.txt
COPY . .
RUN python -m compileall -q shortlinks worker

FROM python:3.13-slim
# tini hands signals on and collects processes whose parent has died. The font draws letters beyond ASCII on cards.
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --user-group --no-create-home --home-dir /nonexistent clicks \
    && install -d -m 0700 -o clicks -g clicks /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SHORTLINKS_DATA_DIR=/data
WORKDIR /app
USER clicks
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT', 8000)}/healthz\", timeout=4)"]
# The web server finishes its requests and the journals are shipped before the end: give it time (docker stop -t 60).
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "shortlinks"]
