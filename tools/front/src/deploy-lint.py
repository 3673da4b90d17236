"""What the linters say of deploy/: Helm's own lint and rendering, the compose specification, hadolint.

Prints one JSON document: complaints by linter, and the rendered chart by template, for several sets of values.
"""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import compose_spec
from helm_python import Chart
from helm_python.chart import lint

deploy, dockerfile, values_text, compose_json = sys.argv[1:5]
chart_path = Path(deploy) / "helm" / "tracewright"
result = {"lint": [], "rendered": [], "refused": [], "hadolint": "", "compose": ""}

for values in json.loads(values_text):
    result["lint"].append(lint(str(chart_path), values=values["values"], strict=True))
    chart = Chart.load(str(chart_path))
    try:
        chart.validate_schema(values["values"])
        result["rendered"].append(chart.render(values["values"], name="traces", namespace="observability"))
        result["refused"].append("")
    except Exception as problem:  # Helm's own words
        result["rendered"].append({})
        result["refused"].append(str(problem))

hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
done = subprocess.run([str(hadolint), "--failure-threshold", "warning", "--ignore", "DL3003", dockerfile], capture_output=True, text=True)
result["hadolint"] = done.stdout + done.stderr if done.returncode != 0 else ""

try:
    compose_spec.ComposeSpecification.model_validate_json(compose_json)
except Exception as problem:
    result["compose"] = str(problem)

print(json.dumps(result))
