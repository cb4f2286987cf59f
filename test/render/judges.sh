#!/bin/bash
# Puts the parsers that judge rendered DDL into build/judges, with pip.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build/judges/bin
python3 -m pip install -q --upgrade --target build/judges/site 'sqlfluff==4.5.0'
cat > build/judges/bin/sqlfluff <<'RUN'
#!/bin/sh
PYTHONPATH=$(dirname "$0")/../site exec python3 -m sqlfluff "$@"
RUN
chmod +x build/judges/bin/sqlfluff
build/judges/bin/sqlfluff --version
