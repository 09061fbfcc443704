"""What the bundle says of itself, as plain data: the spec and the disk image read it, and tests on any system."""

from app import __version__

APP_NAME = "MLX Ferry"
BUNDLE_ID = "org.mlx-ferry.MLX-Ferry"
VERSION = __version__
MIN_MACOS = "14.0"  # compile_kernels.py and the README name it too; tests compare them

INFO_PLIST = {
    "CFBundleDisplayName": APP_NAME,
    "CFBundleShortVersionString": VERSION,
    "CFBundleVersion": VERSION,
    "CFBundleDevelopmentRegion": "en",
    # Makes Qt's own panels, and what the system puts into the menus, follow the language of the person.
    "CFBundleLocalizations": ["en", "zh-Hans"],
    "CFBundleAllowMixedLocalizations": True,
    "NSPrincipalClass": "NSApplication",
    "LSMinimumSystemVersion": MIN_MACOS,
    "LSArchitecturePriority": ["arm64"],
    "LSRequiresNativeExecution": True,
    "LSApplicationCategoryType": "public.app-category.developer-tools",
    "NSHighResolutionCapable": True,
    "NSRequiresAquaSystemAppearance": False,
    "NSSupportsAutomaticGraphicsSwitching": True,
    "NSHumanReadableCopyright": "© The MLX Ferry authors. Apache License 2.0.",
    # Folders dropped on the icon, and Open With. Never "Owner" or "Default": Finder stays what opens folders.
    "CFBundleDocumentTypes": [
        {
            "CFBundleTypeName": "MLX model folder",
            "CFBundleTypeRole": "Viewer",
            "LSHandlerRank": "Alternate",
            "LSItemContentTypes": ["public.folder"],
        }
    ],
}
