"""The products of the seeds: real MSP product codes (sophos-api.md, section 4.3) under names of our own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """`price` is the partner's unit price as text, as billing gives it; `banded`: the description names a size band."""

    code: str
    name: str
    group: str
    sku: str
    price: str
    banded: bool = True

    def description(self, quantity: int) -> str:
        """What billing calls the product, with its size band where it has one."""
        if not self.banded:
            return f"{self.name} - MSP Monthly"
        low, high = next(band for band in ((0, 9), (10, 24), (25, 49), (50, 99), (100, 99_999)) if quantity <= band[1])
        band = f"{max(low, 1)}-{high}" if high < 99_999 else "100+"
        return f"{self.name} - {band} {self.group.upper()}S - MSP Monthly"

    def sku_for(self, quantity: int) -> str:
        """The SKU changes with the size band, the product code does not."""
        return self.sku + ("AA" if quantity <= 9 else "AB" if quantity <= 49 else "AC")


_ALL = (
    Product("CIXA-MSP", "Endpoint Protection Advanced", "User", "CIXA1M", "2.10"),
    Product("CIXAMTR-ADV-MSP", "Endpoint with Managed Response", "User", "MTRA1M", "5.90"),
    Product("SVRCIXAMTR-ADV-MSP", "Server with Managed Response", "Server", "MTRS1M", "9.80"),
    Product("SVRCLOUDADV-MSP", "Server Protection Advanced", "Server", "SVRA1M", "4.40"),
    Product("CEMA-MSP", "Email Protection Advanced", "User", "CEMA1M", "1.60"),
    Product("CEMA-PE-ADDON-MSP", "Email Portal Encryption Add-on", "User", "CEPE1M", "0.70", banded=False),
    Product("CPHISH-MSP", "Phishing Training", "User", "CPHI1M", "0.90", banded=False),
    Product("CDE-MSP", "Device Encryption", "User", "CDEN1M", "1.20", banded=False),
    Product("CMA-MSP", "Mobile Advanced", "User", "CMAD1M", "1.80"),
    Product("CMS-MSP", "Mobile Standard", "User", "CMST1M", "1.10"),
    Product("CW7-SUP-MSP", "Wireless Support", "Device", "CW7S1M", "3.00", banded=False),
    Product("NDR-MSP", "Network Detection", "User", "NDRX1M", "2.40"),
)
PRODUCTS: dict[str, Product] = {product.code: product for product in _ALL}
UNLISTED = Product("", "Unlisted product", "User", "UNKN1M", "1.00", banded=False)
