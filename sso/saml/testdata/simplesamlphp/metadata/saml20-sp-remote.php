<?php
// The services are what the test wrote into services.json.
$metadata = json_decode(file_get_contents(getenv('USHER_IDP_DIR') . '/services.json'), true);
