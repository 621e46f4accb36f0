#!/usr/bin/env python3
"""A client not written here: libcurl asks an RTSP server for its description, with Digest credentials.

Prints one line, `status N bytes M`: the last response's status and the length of the description.
"""

import argparse
import sys

import pycurl


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    arguments = parser.parse_args()

    described = bytearray()
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, arguments.url)
    curl.setopt(pycurl.OPT_RTSP_STREAM_URI, arguments.url)
    curl.setopt(pycurl.OPT_RTSP_REQUEST, pycurl.RTSPREQ_DESCRIBE)
    curl.setopt(pycurl.HTTPAUTH, pycurl.HTTPAUTH_DIGEST)
    curl.setopt(pycurl.USERNAME, arguments.user)
    curl.setopt(pycurl.PASSWORD, arguments.password)
    curl.setopt(pycurl.TIMEOUT, 10)
    curl.setopt(pycurl.WRITEFUNCTION, described.extend)
    status = 0
    # libcurl takes the challenge from one request and answers it with the next on the same connection.
    for _ in range(2):
        described.clear()
        try:
            curl.perform()
        except pycurl.error as error:
            sys.exit(f"{error}")
        status = curl.getinfo(pycurl.RESPONSE_CODE)
        if status != 401:
            break
    print(f"status {status} bytes {len(described)}", flush=True)


if __name__ == "__main__":
    main()
