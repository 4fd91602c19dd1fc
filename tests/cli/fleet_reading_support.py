"""A fleet for who reads it: a broker, and sites that saw the same slots."""
from datetime import datetime, timezone

from commands_support import Case
from fleet_support import Broker, Connection, Headmon, slot_of, start_of


def now():
    return datetime.now(timezone.utc)


class FleetCase(Case):
    def broker(self, **options):
        broker = Broker(self.folder, **options)
        self.addCleanup(broker.__exit__)
        return broker

    def client(self, broker, make_stream=True, **options):
        client = Connection(broker, **options)
        self.addCleanup(client.close)
        if make_stream:
            client.make_stream()
        return client

    def fleet_config(self, broker, rest="", url=None):
        return self.path("fleet.toml", f'[fleet]\nservers = ["{url or broker.url()}"]\n{rest}\n')

    def two_sites(self, client, slots=10, syd_delay=1.2, **options):
        """Two sites that saw the same slots, up to now."""
        self.last = last = slot_of(now()) - 3
        fra = Headmon("fra-1", labels={"site": "fra", "region": "eu"}, **options)
        syd = Headmon("syd-1", labels={"site": "syd", "region": "ap"}, version="teku/v25.1.0/linux", **options)
        for site in (fra, syd):
            site.begin(start_of(last - slots))
        for slot in range(last - slots + 1, last + 1):
            fra.slot(slot, 1.0)
            syd.slot(slot, syd_delay)
        for site in (fra, syd):
            site.status(now())
            client.publish(site.take())
        return fra, syd
