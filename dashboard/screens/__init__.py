"""One module for each page; `page` draws it. Not in a folder `pages`: Streamlit would take each module for a page of its own."""
