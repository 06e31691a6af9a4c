"""Stands in for the Avahi daemon, on a message bus of the test's own: says yes, announces nothing.

Debian's `ippeveprinter` does not start unless it can announce itself. Run by the system's Python,
which has GLib: `/usr/bin/python3 dnssd_stand_in.py`, with `DBUS_SYSTEM_BUS_ADDRESS` set.
"""

from typing import Any

from gi.repository import Gio, GLib

_SERVER = """
<node><interface name="org.freedesktop.Avahi.Server">
  <method name="GetState"><arg direction="out" type="i"/></method>
  <method name="GetAPIVersion"><arg direction="out" type="u"/></method>
  <method name="GetVersionString"><arg direction="out" type="s"/></method>
  <method name="GetHostName"><arg direction="out" type="s"/></method>
  <method name="GetHostNameFqdn"><arg direction="out" type="s"/></method>
  <method name="GetDomainName"><arg direction="out" type="s"/></method>
  <method name="EntryGroupNew"><arg direction="out" type="o"/></method>
</interface></node>
"""
_GROUP = """
<node><interface name="org.freedesktop.Avahi.EntryGroup">
  <method name="AddService"><arg direction="in" type="i"/><arg direction="in" type="i"/>
    <arg direction="in" type="u"/><arg direction="in" type="s"/><arg direction="in" type="s"/>
    <arg direction="in" type="s"/><arg direction="in" type="s"/><arg direction="in" type="q"/>
    <arg direction="in" type="aay"/></method>
  <method name="AddServiceSubtype"><arg direction="in" type="i"/><arg direction="in" type="i"/>
    <arg direction="in" type="u"/><arg direction="in" type="s"/><arg direction="in" type="s"/>
    <arg direction="in" type="s"/><arg direction="in" type="s"/></method>
  <method name="UpdateServiceTxt"><arg direction="in" type="i"/><arg direction="in" type="i"/>
    <arg direction="in" type="u"/><arg direction="in" type="s"/><arg direction="in" type="s"/>
    <arg direction="in" type="s"/><arg direction="in" type="aay"/></method>
  <method name="AddRecord"><arg direction="in" type="i"/><arg direction="in" type="i"/>
    <arg direction="in" type="u"/><arg direction="in" type="s"/><arg direction="in" type="q"/>
    <arg direction="in" type="q"/><arg direction="in" type="u"/><arg direction="in" type="ay"/>
  </method>
  <method name="Commit"/><method name="Reset"/><method name="Free"/>
  <method name="IsEmpty"><arg direction="out" type="b"/></method>
  <method name="GetState"><arg direction="out" type="i"/></method>
</interface></node>
"""
_ANSWERS = {
    "GetAPIVersion": ("(u)", (515,)),
    "GetVersionString": ("(s)", ("stand-in",)),
    "GetHostName": ("(s)", ("localhost",)),
    "GetHostNameFqdn": ("(s)", ("localhost",)),
    "GetDomainName": ("(s)", ("local",)),
    "GetState": ("(i)", (2,)),
    "IsEmpty": ("(b)", (False,)),
}
"""State 2: a server that runs, a group that is established."""


def _main() -> None:
    bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
    groups = 0

    def answer(*call: Any) -> None:
        nonlocal groups
        method, invocation = call[4], call[6]
        if method == "EntryGroupNew":
            groups += 1
            path = f"/Client0/EntryGroup{groups}"
            _offer(bus, path, _GROUP, answer)
            invocation.return_value(GLib.Variant("(o)", (path,)))
            return
        kind, values = _ANSWERS.get(method, ("()", ()))
        invocation.return_value(GLib.Variant(kind, values))

    _offer(bus, "/", _SERVER, answer)
    Gio.bus_own_name_on_connection(
        bus,
        "org.freedesktop.Avahi",
        Gio.BusNameOwnerFlags.NONE,
        lambda *_: print("ready", flush=True),
        None,
    )
    GLib.MainLoop().run()


def _offer(bus: Any, path: str, description: str, answer: Any) -> None:
    interface = Gio.DBusNodeInfo.new_for_xml(description).interfaces[0]
    bus.register_object(path, interface, answer, None, None)


if __name__ == "__main__":
    _main()
