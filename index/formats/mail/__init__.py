"""Mails and their attachments, also as Outlook saves them."""
