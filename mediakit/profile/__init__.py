"""The application-profile engine; its data is in `profiles/`."""
