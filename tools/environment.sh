# Finds or makes the Python environment of this checkout. To be sourced:
#
#     source tools/environment.sh     # afterwards $PYTHON runs with everything installed
#
# - An active virtual or conda environment is used if its Python is 3.10 to 3.12; what it lacks is
#   installed into it, what suits is left as it is.
# - Else .venv in the checkout is used, or made. LITE_HRNET_ENV names another folder.
# - LITE_HRNET_MMCV=full installs mmcv-full, which compiles for about a quarter of an hour.

LITE_HRNET_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

_fail() {
    echo "error: $*" >&2
    exit 1
}

# Whether a command is a Python that this project runs on.
_suits() {
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null
}

_find_python() {
    local candidate
    for candidate in python3.11 python3.12 python3.10 python3 python; do
        if _suits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    _fail "no Python 3.10 to 3.12 found; install one (Debian: apt-get install python3 python3-venv)"
}

# Whether every requirement is met; says on stdout what is not.
_complete() {
    "$PYTHON" "$LITE_HRNET_ROOT/tools/check_environment.py"
}

_pin() {
    grep -E "^$1==" "$LITE_HRNET_ROOT/requirements.txt" | sed 's/ *#.*//'
}

_install() {
    local pins
    pins="$(mktemp)"
    sed 's/ *#.*//' "$LITE_HRNET_ROOT/requirements.txt" > "$pins"
    if [ "${LITE_HRNET_MMCV:-}" = full ] || "$PYTHON" -m pip show -q mmcv-full 2>/dev/null; then
        sed -i 's/^mmcv==/mmcv-full==/' "$pins"
    fi
    echo "Installing into $("$PYTHON" -c 'import sys; print(sys.prefix)'): minutes, and about 5 GB with PyTorch"
    # xtcocotools and mmcv are built from source against what is installed first.
    # shellcheck disable=SC2046
    "$PYTHON" -m pip install --disable-pip-version-check \
        $(_pin setuptools) $(_pin wheel) $(_pin cython) $(_pin numpy) \
        && "$PYTHON" -m pip install --disable-pip-version-check \
            --no-build-isolation --no-binary xtcocotools -r "$pins" \
        || _fail "installation failed, see above; building needs a C compiler and the Python" \
            "headers (Debian: apt-get install build-essential python3-dev)"
    rm -f "$pins"
    # Without a display's libraries, OpenCV's build without windows does the same work.
    if ! "$PYTHON" -c 'import cv2' 2>/dev/null; then
        echo "opencv-python does not start here; opencv-python-headless takes its place"
        "$PYTHON" -m pip install --disable-pip-version-check --force-reinstall --no-deps \
            "$(_pin opencv-python | sed 's/==/-headless==/')" \
            || _fail "no working OpenCV (Debian: apt-get install libgl1 libglib2.0-0)"
    fi
    "$PYTHON" -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps \
        -e "$LITE_HRNET_ROOT" || _fail "pip install -e . failed, see above"
}

if { [ -n "${VIRTUAL_ENV:-}" ] || [ -n "${CONDA_PREFIX:-}" ]; } && _suits python; then
    PYTHON="$(command -v python)"
else
    _environment="${LITE_HRNET_ENV:-$LITE_HRNET_ROOT/.venv}"
    PYTHON="$_environment/bin/python"
    if [ ! -x "$PYTHON" ]; then
        _base="$(_find_python)" || exit 1
        "$_base" -m venv "$_environment" \
            || _fail "$_base cannot make an environment (Debian: apt-get install python3-venv)"
    fi
fi

if ! _lacking="$(_complete)"; then
    echo "$_lacking"
    _install
    _lacking="$(_complete)" || _fail "the environment is still incomplete: $_lacking"
fi
export PYTHON
