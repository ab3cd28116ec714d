#!/usr/bin/env bash
# The file tree of the image, without a container engine: the program, the Debian libraries it is linked with,
# certificates, and (unless told otherwise) Python with boto3, and the module for Parquet if it is built, beside
# the program. No shell, no package manager.
#   deploy/image/build-rootfs.sh [--without-python] [--without-parquet] PROGRAM FOLDER
# The Containerfile runs this script in its first stage.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../../scripts/packages.sh"

with_python=yes
with_parquet=yes
while [ "${1#--without-}" != "$1" ]; do
    case $1 in
    --without-python) with_python=no ;;
    --without-parquet) with_parquet=no ;;
    *) echo "$1 is not known" >&2 && exit 2 ;;
    esac
    shift
done
program=$1
root=$2
module=$(dirname "$program")/kontor-parquet.so
[ -f "$module" ] || with_parquet=no
user=65532
library_folder=/usr/lib/$(gcc -print-multiarch 2>/dev/null || dpkg-architecture -qDEB_HOST_MULTIARCH)

# Libraries that are loaded by name: when a thread is cancelled, when the first zip is read.
LOADED_LIBRARIES=(libgcc_s.so.1 libarchive.so.13)

# boto3 and what it imports; of the standard library everything but what needs more libraries than it is
# worth in an image, and the tests.
PYTHON_PACKAGES=(python3.11-minimal libpython3.11-minimal libpython3.11-stdlib python3-boto3 python3-botocore
    python3-jmespath python3-s3transfer python3-dateutil python3-six python3-urllib3 python3-requests
    python3-certifi python3-chardet python3-idna)
PYTHON_LEFT_OUT=(sqlite3 curses dbm test unittest/test lib-dynload/_sqlite3.* lib-dynload/_curses*
    lib-dynload/_dbm.* lib-dynload/readline.* lib-dynload/nis.* lib-dynload/ossaudiodev.* lib-dynload/_test*
    lib-dynload/_ctypes_test.* lib-dynload/_xx* lib-dynload/xx* pydoc_data turtle.py)

install_packages ca-certificates openssl binutils gcc libc6-dev patchelf python3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=$work/packages # "name<TAB>version<TAB>architecture<TAB>source" a line; others than Debian's: "pypi"
: >"$packages"

make_tree() {
    [ ! -e "$root" ] || { echo "$root is there already" >&2 && exit 1; }
    mkdir -p "$root"/{etc/ssl/certs,etc/kontor,proc,dev,sys,tmp,usr/bin,usr/lib,usr/lib64,usr/lib/ssl} \
        "$root"/{var/lib/kontor,var/lib/dpkg/status.d,usr/share/doc,usr/share/sbom} "$root$library_folder"
    for name in bin lib lib64; do ln -s "usr/$name" "$root/$name"; done
    chmod 1777 "$root/tmp"
    printf 'root:x:0:0:root:/:/sbin/nologin\nkontor:x:%s:%s:Kontor:/var/lib/kontor:/sbin/nologin\n' $user $user \
        >"$root/etc/passwd"
    printf 'root:x:0:\nkontor:x:%s:\n' $user >"$root/etc/group"
    printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
    cp -L /etc/os-release "$root/etc/os-release"
    cp -L /etc/ssl/openssl.cnf "$root/etc/ssl/openssl.cnf"
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    ln -s /etc/ssl/certs "$root/usr/lib/ssl/certs"
    ln -s /etc/ssl/openssl.cnf "$root/usr/lib/ssl/openssl.cnf"
    note_installed openssl ca-certificates
}

# Notes installed packages for the bill of materials, with their licences, and where scanners look for them.
note_installed() {
    local name
    # shellcheck disable=SC2016  the format is dpkg's
    dpkg-query -W -f '${Package}\t${Version}\t${Architecture}\t${source:Package}\n' "$@" >>"$packages"
    dpkg-query -s "$@" | awk -v folder="$root/var/lib/dpkg/status.d" '
        /^Package: / { file = folder "/" $2 }
        /^[A-Z]/ { left_out = /^(Status|Conffiles):/ }
        NF > 0 && !left_out { print > file }'
    for name in "$@"; do
        install -D -m 644 "/usr/share/doc/$name/copyright" "$root/usr/share/doc/$name/copyright"
    done
}

# Copies the libraries that programs and modules need, by the names they ask for.
copy_libraries() {
    local path real target missing
    local -A owner=() wanted=()
    missing=$(ldd "$@" 2>/dev/null | sed -n 's/^\s*\(\S*\) => not found/\1/p' | sort -u)
    [ -z "$missing" ] || { echo "these libraries are missing here: $missing" >&2 && exit 1; }
    mapfile -t paths < <(ldd "$@" 2>/dev/null |
        sed -n 's/.*=> \(\/\S*\) .*/\1/p; s/^\s*\(\/\S*\) (0x.*/\1/p' | sort -u)
    mapfile -t reals < <(readlink -f "${paths[@]}")
    # With merged /usr, dpkg may know a file by either path.
    while read -r name path; do
        owner["/usr${path#/usr}"]=$name
    done < <(dpkg-query -S "${reals[@]}" "${reals[@]#/usr}" 2>/dev/null | sed 's/^\([^:]*\):[^ ]* /\1 /')
    for i in "${!paths[@]}"; do
        path=${paths[i]} real=${reals[i]}
        case $path in
        */ld-linux*) target=$root/usr/lib64/$(basename "$path") ;;
        *) target=$root$library_folder/$(basename "$path") ;;
        esac
        [ ! -e "$target" ] && [[ $real != */lib/kontor/* ]] || continue
        [ -n "${owner[$real]:-}" ] ||
            { echo "no package has $real: only Debian's libraries go into the image" >&2 && exit 1; }
        install -m 755 "$real" "$target"
        [ -e "$root/var/lib/dpkg/status.d/${owner[$real]}" ] || wanted[${owner[$real]}]=yes
    done
    [ ${#wanted[@]} -eq 0 ] || note_installed "${!wanted[@]}"
}

add_program() {
    install -m 755 "$program" "$root/usr/bin/kontor"
    strip --strip-unneeded "$root/usr/bin/kontor"
    printf 'void main(void) {}' | gcc -x c - -o "$work/loads" -w -Wl,--no-as-needed \
        "${LOADED_LIBRARIES[@]/#/-l:}"
    copy_libraries "$root/usr/bin/kontor" "$work/loads"
    leave_out_icu_data
}

# libarchive is linked with an XML library, and that with ICU, whose data are larger than all the rest. Zip files
# need neither: an empty library takes the data's place, as ICU's own "stub data" build has it.
leave_out_icu_data() {
    local path version
    for path in "$root$library_folder"/libicudata.so.*; do
        version=${path##*.}
        printf 'const char icudt%s_dat[64] = {0};' "$version" |
            gcc -shared -fPIC -x c - -Wl,-soname,"libicudata.so.$version" -o "$path"
    done
}

# The module and Arrow's two libraries, which are those of a Python package.
add_parquet() {
    local version
    version=$("$here/../../scripts/install-module.sh" "$module" "$root/usr/lib/kontor" "$root/usr/share/doc/pyarrow")
    copy_libraries "$root"/usr/lib/kontor/*.so*
    printf 'pyarrow\t%s\tpypi\tpyarrow\n' "$version" >>"$packages"
}

add_python() {
    local package file library=$root/usr/lib/python3.11 python=$root/.python
    mkdir "$python" "$work/debs"
    chmod 777 "$work/debs"
    (cd "$work/debs" && apt-get download -q -q "${PYTHON_PACKAGES[@]}" 2>/dev/null) ||
        (apt-get update -q >/dev/null && cd "$work/debs" && apt-get download -q -q "${PYTHON_PACKAGES[@]}")
    for file in "$work"/debs/*.deb; do
        dpkg-deb -x "$file" "$python"
        package=$(dpkg-deb -f "$file" Package)
        dpkg-deb -f "$file" >"$root/var/lib/dpkg/status.d/$package"
        dpkg-deb -W --showformat '${Package}\t${Version}\t${Architecture}\t${source:Package}\n' "$file" >>"$packages"
        # A package may have its copyright in another's folder, by a link.
        (cd "$python/usr/share/doc" && find "$package" -follow -name copyright -exec install -D -m 644 {} \
            "$root/usr/share/doc/$package/copyright" \; 2>/dev/null) || true
    done
    mv "$python"/usr/lib/python3 "$python"/usr/lib/python3.11 "$root/usr/lib/"
    mv "$python/etc/python3.11" "$root/etc/"
    install -m 755 "$python/usr/bin/python3.11" "$root/usr/bin/python3.11"
    rm -rf "$python"
    for name in python python3; do ln -s python3.11 "$root/usr/bin/$name"; done
    (cd "$library" && rm -rf "${PYTHON_LEFT_OUT[@]}")
    find "$root/usr/lib/python3.11" "$root/usr/lib/python3" -name __pycache__ -prune -exec rm -rf {} +
    # botocore reads its descriptions of services compressed as well: 82 MB become 13.
    find "$root/usr/lib/python3/dist-packages/botocore/data" -name '*.json' -size +2k -exec gzip -6n {} +
    copy_libraries "$root/usr/bin/python3.11" "$library"/lib-dynload/*.so
    cp -r "$here/opt" "$root/"
}

make_tree
add_program
[ $with_parquet = no ] || add_parquet
[ $with_python = no ] || add_python
python3 "$here/sbom.py" "$packages" "$root/usr/bin/kontor" >"$root/usr/share/sbom/kontor.spdx.json"
if [ "$(id -u)" -eq 0 ]; then
    chown -R 0:0 "$root"
    chown $user:$user "$root/var/lib/kontor"
fi
echo "$root: $(du -sm --apparent-size "$root" | cut -f1) MB, $(wc -l <"$packages") packages"
