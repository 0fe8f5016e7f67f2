"""Finding, naming and running virtual machines."""

import subprocess
import threading
from pathlib import Path

import pytest

from host.boards.vm import HEAP_GATE, Vm, VmMissingError, find, find_vms, provide, vm, wasm
from host.programs import apt, cache
from tests.tooling.programs import program


def test_a_program_on_path_is_found_first(bare: Path) -> None:
    program(bare, "micropython", "micropython 1.24.1 64")
    assert [(vm.name, vm.version, vm.word_bits) for vm in find_vms()] == [("path", "1.24.1", 64)]
    assert provide().name == "path"


@pytest.mark.parametrize("says", ["micropython 1.21.0 32", "cpython 3.13.0 64", "hello", ""])
def test_what_is_no_usable_micropython_is_passed_over(says: str, bare: Path) -> None:
    program(bare, "micropython", says)
    assert find_vms() == []


def test_the_environment_names_a_program(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare, "micropython", "micropython 1.24.1 64")
    mine = program(bare, "mine", "micropython 1.25.0 32")
    monkeypatch.setenv("HANLAB_VM", str(mine))
    assert provide().program == (str(mine),)
    assert provide().origin == "HANLAB_VM"


def test_a_wrong_program_in_the_environment_is_an_error(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANLAB_VM", "/bin/true")
    with pytest.raises(VmMissingError, match=r"HANLAB_VM=/bin/true is no MicroPython 1\.22"):
        provide()


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(VmMissingError, match="no VM named 'mips'"):
        provide("mips")


def test_without_apt_and_node_the_causes_are_named(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_: Path) -> None:
        raise VmMissingError("npm failed: no network")

    monkeypatch.setattr(wasm, "fetch", nothing)
    said: list[str] = []
    with pytest.raises(VmMissingError) as refused:
        provide(None, said.append)
    assert "i386: this machine has no apt-get and no dpkg-deb" in str(refused.value)
    assert "wasm: npm failed: no network" in str(refused.value)
    assert "install `micropython` 1.22 or newer" in str(refused.value)
    assert said == ["fetching the MicroPython VM wasm (once)"]
    assert not (bare / "cache" / "vm" / "wasm").exists()


def test_a_full_disk_is_told_as_one(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(wasm, "fetch", full)
    with pytest.raises(VmMissingError, match=r"wasm: .*: No space left on device"):
        provide("wasm")


def test_a_changed_npm_package_is_refused(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pack(command: list[str], _: str) -> str:
        (bare / "package.tgz").write_bytes(b"something else")
        return '[{"filename": "package.tgz"}]'

    monkeypatch.setattr(wasm, "_run", pack)
    monkeypatch.setattr(wasm, "_system_npm", lambda: ["npm"])
    with pytest.raises(VmMissingError, match="is not what it was"):
        wasm.fetch(bare)


def test_a_folder_is_whole_or_not_there(tmp_path: Path) -> None:
    def half(new: Path) -> None:
        (new / "one").touch()
        raise VmMissingError("stopped")

    with pytest.raises(VmMissingError):
        cache.place(tmp_path / "vm", half)
    assert not (tmp_path / "vm").exists()
    assert cache.place(tmp_path / "vm", lambda new: (new / "one").touch()).joinpath("one").exists()


def test_a_folder_is_filled_once(tmp_path: Path) -> None:
    fills = []

    def fill(new: Path) -> None:
        fills.append(new)
        (new / "file").write_text("x" * 1000)

    threads = [
        threading.Thread(target=cache.place, args=(tmp_path / "vm", fill)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fills) == 1


def test_the_heap_is_given_in_bytes_of_a_board() -> None:
    small = Vm("i386", "1.25.0", 32, "", ("micropython",))
    large = Vm("amd64", "1.25.0", 64, "", ("micropython",))
    assert small.command("main.py", "x")[1:] == ["-X", "heapsize=131072", "main.py", "x"]
    assert large.command("main.py")[1:3] == ["-X", "heapsize=262144"]


def test_the_gate_has_a_hard_heap_limit(gate_vm: Vm) -> None:
    free = subprocess.check_output(
        gate_vm.command("-c", "import gc; print(gc.mem_free() + gc.mem_alloc())")
    )
    assert HEAP_GATE * 0.9 < int(free) <= HEAP_GATE
    beyond = gate_vm.command("-c", "bytearray(200_000)")
    assert b"MemoryError" in subprocess.run(beyond, check=False, capture_output=True).stderr


def test_the_gate_has_the_word_size_of_a_board(gate_vm: Vm) -> None:
    assert gate_vm.word_bits == 32
    assert tuple(map(int, gate_vm.version.split("."))) >= vm.OLDEST


@pytest.mark.slow
def test_the_npm_build_sees_the_machine_as_the_native_one_does(tmp_path: Path) -> None:
    found = {vm.name: vm for vm in find_vms()}
    if "wasm" not in found:
        pytest.skip("no wasm VM here; get it with `./hanlab doctor --fetch --vm wasm`")
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys, helper\n"
        "with open('new', 'wb') as file: file.write(b'abc')\n"
        "with open('new', 'r+b') as file: file.seek(1); file.write(b'X')\n"
        "os.mkdir('folder'); os.rename('new', 'folder/old')\n"
        "sys.stdout.buffer.write(open('folder/old', 'rb').read() + sys.stdin.buffer.read(3))\n"
        "print(sys.argv[1:], helper.VALUE, os.getenv('WORD'), len(os.urandom(4)))\n"
        "sys.exit(4)\n"
    )
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "helper.py").write_text("VALUE = 7\n")
    done = subprocess.run(
        found["wasm"].command(str(script), "a", "b"),
        check=False,
        input=b"\x00\xff\n",
        cwd=tmp_path,
        env=found["wasm"].environment([tmp_path / "modules"]) | {"WORD": "yes"},
        capture_output=True,
    )
    assert done.stdout == b"aXc\x00\xff\n['a', 'b'] 7 yes 4\n"
    assert (done.returncode, done.stderr) == (4, b"")
    assert (tmp_path / "folder" / "old").read_bytes() == b"aXc"


def test_a_native_vm_is_unpacked_from_its_package_and_runs_through_its_loader(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a shell script as the loader, which answers as a MicroPython would."""

    def unpack(package: str, architecture: str, folder: Path) -> None:
        assert (package, architecture) == ("micropython", "i386")
        libraries = folder / "usr/lib/i386-linux-gnu"
        libraries.mkdir(parents=True)
        program(libraries, apt.LOADERS[architecture], "micropython 1.25.0 32")

    monkeypatch.setattr(apt, "obstacle", lambda _: None)
    monkeypatch.setattr(apt, "fetch", unpack)
    said: list[str] = []
    found = provide("i386", said.append)
    libraries = bare / "cache/vm/i386/usr/lib/i386-linux-gnu"
    assert (found.name, found.version, found.word_bits) == ("i386", "1.25.0", 32)
    assert found.program == (
        *(str(libraries / "ld-linux.so.2"), "--library-path", str(libraries)),
        str(bare / "cache/vm/i386/usr/bin/micropython"),
    )
    assert provide("i386", said.append) == found
    assert said == ["fetching the MicroPython VM i386 (once)"]


def test_what_stands_in_the_way_of_fetching_is_said(bare: Path) -> None:
    assert str(find.obstacle("path")).startswith("install MicroPython 1.22")
    assert find.obstacle("i386") == "this machine has no apt-get and no dpkg-deb"
    assert find.obstacle("wasm") is None
