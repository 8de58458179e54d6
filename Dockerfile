FROM python:3.12.12-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    COLOPHON_DATA=/data \
    COLOPHON_WEB__HOST=0.0.0.0

WORKDIR /srv/colophon
COPY requirements.txt requirements-nodeps.txt ./
RUN pip install --no-cache-dir -r requirements.txt \
    && pip install --no-cache-dir --no-deps -r requirements-nodeps.txt \
    && pip install --no-cache-dir --no-deps --force-reinstall "$(grep -o '^opencv-python-headless==[0-9.]*' requirements.txt)"
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin colophon \
    && install -d -o colophon -g colophon -m 0700 /data /data/keys
COPY . .

USER 10001
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
CMD ["python", "app.py"]
