# A thin face over meson and ninja; scripts/ does the rest.

BUILD := build/release
PREFIX := /usr/local

.PHONY: all release debug parquet check demo demo-stop deb image format clean install

all: release
	@ln -sf release/kontor build/kontor

release: $(BUILD)/build.ninja
	ninja -C $(BUILD) programs

$(BUILD)/build.ninja:
	@scripts/setup-build.sh
	meson setup $(BUILD) --buildtype=release

# The module that reads Parquet, beside the program.
parquet: all
	scripts/setup-parquet.sh
	meson configure $(BUILD) -Dparquet=enabled
	ninja -C $(BUILD) programs

debug:
	@scripts/setup-build.sh
	test -f build/debug/build.ninja || meson setup build/debug --buildtype=debug
	ninja -C build/debug

check:
	scripts/check.sh

demo: all
	scripts/demo.sh start

demo-stop:
	scripts/demo.sh stop

format:
	git ls-files '*.c' '*.h' | xargs clang-format -i
	ruff format --config ruff.toml tests clients scripts sql src

deb: release
	deploy/debian/build.sh $(BUILD)/kontor build

image: release
	rm -rf build/rootfs
	deploy/image/build-rootfs.sh $(BUILD)/kontor build/rootfs
	python3 deploy/image/pack.py build/rootfs build/kontor-image.tar

install: all
	meson install -C $(BUILD) --no-rebuild
	scripts/install-pages.sh $(BUILD)/kontor $(DESTDIR)$(PREFIX)

clean:
	rm -rf build
